/** A code for a guest's phone, drawn as one path: sharp at every size and allowed by the page's policy. */
import qrcode from "qrcode-generator";
import { useMemo, type ReactNode } from "react";

const QUIET = 4;

export function Qr({ text, label }: { text: string; label: string }): ReactNode {
  const { path, size } = useMemo(() => draw(text), [text]);
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges" data-code={text}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function draw(text: string): { path: string; size: number } {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const n = code.getModuleCount();
  let path = "";
  for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) if (code.isDark(y, x)) path += `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
  return { path, size: n + 2 * QUIET };
}
