//! What a check may find. Words are the caller's business.

use serde::Serialize;

/// Which part of the setup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The configuration as a whole.
    Setup,
    /// WeChat Pay.
    Wechat,
    /// Alipay.
    Alipay,
    /// The address where channels report.
    Notices,
}

/// What was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is one line of the doctor's list, and its name is its meaning")]
pub enum Step {
    Config,
    World,
    MerchantKey,
    MerchantSerial,
    ApiV3Key,
    PlatformKey,
    V2Key,
    ClientKey,
    AppSecret,
    AppKey,
    AlipayKey,
    Settings,
    Host,
    Standby,
    Clock,
    RequestSignature,
    AnswerSignature,
    Certificates,
    Binding,
    RefundQuery,
    Bills,
    CodePay,
    V2Signature,
    ClientCertificate,
    SignIn,
    NotifyAddress,
    NotifyAnswer,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Proven.
    Right,
    /// Works, but not for ever.
    Warning,
    /// To be put right before opening.
    Wrong,
    /// Nobody could tell, and the finding says why.
    NotChecked,
}

/// What was found. Its name is the code in `--json`, so a released name stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each has its words in two languages where it is shown")]
pub enum What {
    // Right.
    ConfigRead,
    SimulatorWorld,
    RealWorld,
    KeyRight,
    SerialMatches,
    SecretReadable,
    PlatformKeyRight,
    Reached,
    ClockRight,
    RequestAccepted,
    AnswerVerified,
    CertificatesOpened,
    BindingRight,
    Allowed,
    V2KeyRight,
    ClientCertificateShown,
    SignInRight,
    NotifyAddressRight,
    NotifyAnswered,
    // Warnings.
    ClockDrifts,
    NoCertificatesForUs,
    // Wrong.
    ConfigUnreadable,
    NoChannel,
    Mixed,
    ConfigRefused,
    KeyMissing,
    KeyTooOpen,
    EnvMissing,
    PublicForPrivate,
    CertificateForPrivate,
    EncryptedKey,
    NotAnRsaKey,
    PrivateForPublic,
    NoPlatformKey,
    MerchantCertificateForPlatform,
    MerchantSerialForPlatform,
    PlatformSerialWrong,
    PlatformSerialForMerchant,
    MerchantSerialWrong,
    KeyNotCertificates,
    NotACertificate,
    CertificateWithoutKey,
    ApiV3KeyLength,
    V2KeyLength,
    V2Missing,
    OwnKeyForAlipay,
    NoAddress,
    NoConnection,
    TlsFailed,
    NoAnswer,
    ClockWrong,
    MerchantUnknown,
    MerchantSerialRefused,
    SignatureRefused,
    Unexpected,
    AnswerForged,
    UnknownSerial,
    ApiV3KeyWrong,
    NotAllowed,
    AppNotBound,
    AppUnknown,
    AppSecretWrong,
    V2KeyWrong,
    ClientCertificateRefused,
    AlipaySignatureRefused,
    AlipayKeyWrong,
    NotifyNotHttps,
    NotifyHasQuery,
    NotifyNotPublic,
    NotifyPort,
    NotifyUnreachable,
    NotifyTakesAnything,
    NotifyRedirects,
    NotifyNotOurs,
    NotifyOtherStore,
    NotifyChannelOff,
    // Not checked.
    MendFirst,
    ChannelBusy,
    NoMerchantCertificate,
    AnswersUnsigned,
    AtFirstNotice,
    AtFirstOrder,
    AtFirstCodePayment,
    NoAppSecret,
    NoNotifyUrl,
    NotifyPathUnknown,
}

impl What {
    /// How a step that found this ended.
    pub fn mark(self) -> Mark {
        match self {
            Self::ConfigRead
            | Self::SimulatorWorld
            | Self::RealWorld
            | Self::KeyRight
            | Self::SerialMatches
            | Self::SecretReadable
            | Self::PlatformKeyRight
            | Self::Reached
            | Self::ClockRight
            | Self::RequestAccepted
            | Self::AnswerVerified
            | Self::CertificatesOpened
            | Self::BindingRight
            | Self::Allowed
            | Self::V2KeyRight
            | Self::ClientCertificateShown
            | Self::SignInRight
            | Self::NotifyAddressRight
            | Self::NotifyAnswered => Mark::Right,
            Self::ClockDrifts | Self::NoCertificatesForUs => Mark::Warning,
            Self::ConfigUnreadable
            | Self::NoChannel
            | Self::Mixed
            | Self::ConfigRefused
            | Self::KeyMissing
            | Self::KeyTooOpen
            | Self::EnvMissing
            | Self::PublicForPrivate
            | Self::CertificateForPrivate
            | Self::EncryptedKey
            | Self::NotAnRsaKey
            | Self::PrivateForPublic
            | Self::NoPlatformKey
            | Self::MerchantCertificateForPlatform
            | Self::MerchantSerialForPlatform
            | Self::PlatformSerialWrong
            | Self::PlatformSerialForMerchant
            | Self::MerchantSerialWrong
            | Self::KeyNotCertificates
            | Self::NotACertificate
            | Self::CertificateWithoutKey
            | Self::ApiV3KeyLength
            | Self::V2KeyLength
            | Self::V2Missing
            | Self::OwnKeyForAlipay
            | Self::NoAddress
            | Self::NoConnection
            | Self::TlsFailed
            | Self::NoAnswer
            | Self::ClockWrong
            | Self::MerchantUnknown
            | Self::MerchantSerialRefused
            | Self::SignatureRefused
            | Self::Unexpected
            | Self::AnswerForged
            | Self::UnknownSerial
            | Self::ApiV3KeyWrong
            | Self::NotAllowed
            | Self::AppNotBound
            | Self::AppUnknown
            | Self::AppSecretWrong
            | Self::V2KeyWrong
            | Self::ClientCertificateRefused
            | Self::AlipaySignatureRefused
            | Self::AlipayKeyWrong
            | Self::NotifyNotHttps
            | Self::NotifyHasQuery
            | Self::NotifyNotPublic
            | Self::NotifyPort
            | Self::NotifyUnreachable
            | Self::NotifyTakesAnything
            | Self::NotifyRedirects
            | Self::NotifyNotOurs
            | Self::NotifyOtherStore
            | Self::NotifyChannelOff => Mark::Wrong,
            Self::MendFirst
            | Self::ChannelBusy
            | Self::NoMerchantCertificate
            | Self::AnswersUnsigned
            | Self::AtFirstNotice
            | Self::AtFirstOrder
            | Self::AtFirstCodePayment
            | Self::NoAppSecret
            | Self::NoNotifyUrl
            | Self::NotifyPathUnknown => Mark::NotChecked,
        }
    }
}

/// What one step came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Of which part.
    pub part: Part,
    /// Which step.
    pub step: Step,
    /// What was found.
    pub what: What,
    /// Which file, serial, host or code; empty where the finding says it all. Never a secret.
    pub detail: String,
}

impl Finding {
    /// Puts one together.
    pub fn new(part: Part, step: Step, what: What, detail: impl Into<String>) -> Self {
        Self { part, step, what, detail: detail.into() }
    }

    /// How the step ended.
    pub fn mark(&self) -> Mark {
        self.what.mark()
    }

    pub(crate) fn is_wrong(&self) -> bool {
        self.mark() == Mark::Wrong
    }
}
