import { Image } from "@tarojs/components";
import qrcode from "qrcode-generator";

/** A payment code as a picture (GIF), which every platform shows and lets a person save. */
export function Qr({ text }: { text: string }) {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  return <Image id="qr" className="qr" src={code.createDataURL(6, 12)} mode="scaleToFill" showMenuByLongpress />;
}
