//! What a printer is told to do: one [`Op`] for each command or character in the stream.

/// Where a line stands between the margins (ESC a).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    #[default]
    Left,
    Center,
    Right,
}

/// A picture in dots, a row of `stride` bytes after the other, the leftmost dot in the highest bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    /// Bytes in a row.
    pub stride: usize,
    pub data: Vec<u8>,
    /// Each dot is drawn so many dots wide and high: 1 or 2.
    pub scale: (usize, usize),
}

/// One command or character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// ESC @
    Init,
    /// A character: `wide` ones come from two or four bytes and take a Chinese character's place.
    Text {
        ch: char,
        wide: bool,
    },
    /// A byte that means no character in the mode and code page in force.
    Byte(u8),
    LineFeed,
    CarriageReturn,
    FormFeed,
    Tab,
    /// ESC D: columns of the tab stops.
    TabStops(Vec<u8>),
    /// ESC SP: dots right of each character.
    Spacing(u8),
    /// ESC $: dots from the left margin.
    MoveTo(u16),
    /// ESC \: dots from here.
    MoveBy(i16),
    /// ESC !
    PrintMode(u8),
    /// ESC M: the small font.
    SmallFont(bool),
    /// ESC E and ESC G
    Bold(bool),
    /// ESC -: 0 to 2 dots thick.
    Underline(u8),
    /// ESC a
    Align(Align),
    /// ESC d
    FeedLines(u8),
    /// ESC J
    FeedDots(u8),
    /// ESC 3, or ESC 2 for the default.
    LineSpacing(Option<u8>),
    /// ESC t
    CodePage(u8),
    /// ESC R
    International(u8),
    /// ESC p: the connector's pin, 2 or 5.
    Drawer {
        pin: u8,
    },
    /// ESC B and ESC ( A
    Buzzer {
        times: u8,
    },
    /// GS V, ESC i and ESC m. `feed`: to the cutting position first, and so many dots more.
    Cut {
        partial: bool,
        feed: Option<u8>,
    },
    /// GS !: 1 to 8 times as wide and high.
    Size {
        width: u8,
        height: u8,
    },
    /// GS B
    Invert(bool),
    /// GS L, in dots.
    LeftMargin(u16),
    /// GS W, in dots.
    AreaWidth(u16),
    /// GS v 0
    Image(Raster),
    /// GS ( L function 112
    StoreImage(Raster),
    /// GS ( L function 50
    PrintStored,
    /// GS ( k function 165: 49 model 1, 50 model 2, 51 micro.
    QrModel(u8),
    /// GS ( k function 167: dots a module.
    QrSize(u8),
    /// GS ( k function 169: 48 L, 49 M, 50 Q, 51 H.
    QrLevel(u8),
    /// GS ( k function 180
    QrStore(Vec<u8>),
    /// GS ( k function 181
    QrPrint,
    /// GS k
    Barcode {
        kind: u8,
        data: Vec<u8>,
    },
    /// GS h, in dots.
    BarcodeHeight(u8),
    /// GS w, dots a module.
    BarcodeModule(u8),
    /// GS H: where the characters are written, 0 nowhere, 1 above, 2 below, 3 both.
    BarcodeText(u8),
    /// GS ( H function 48: answer when everything before is printed.
    ProcessId([u8; 4]),
    /// GS a: the changes that are reported unasked.
    AutoStatus(u8),
    /// GS r
    TransmitStatus(u8),
    /// GS I
    TransmitId(u8),
    /// FS & and FS .
    Chinese(bool),
    /// FS !
    ChineseMode(u8),
    /// FS -
    ChineseUnderline(u8),
    /// FS W
    ChineseQuadruple(bool),
    /// FS S: dots left and right of each Chinese character.
    ChineseSpacing(u8, u8),
    /// A DLE command, where it stands among the others; it was obeyed when it arrived.
    RealTime(Vec<u8>),
    /// Understood, and nothing that this printer draws depends on it.
    Setting(Vec<u8>),
    /// Not a command of this printer.
    Unknown(Vec<u8>),
}

impl Op {
    /// Bytes it keeps in the printer's buffer, about.
    pub fn weight(&self) -> usize {
        match self {
            Op::Image(raster) | Op::StoreImage(raster) => raster.data.len(),
            Op::QrStore(data) | Op::Barcode { data, .. } => data.len(),
            Op::Unknown(bytes) | Op::Setting(bytes) | Op::RealTime(bytes) | Op::TabStops(bytes) => bytes.len(),
            _ => 2,
        }
    }

    /// Whether it puts something on the paper or moves it: a job has begun.
    pub fn prints(&self) -> bool {
        matches!(
            self,
            Op::Text { .. }
                | Op::Byte(_)
                | Op::LineFeed
                | Op::FeedLines(_)
                | Op::FeedDots(_)
                | Op::Cut { .. }
                | Op::Image(_)
                | Op::PrintStored
                | Op::QrPrint
                | Op::Barcode { .. }
        )
    }
}
