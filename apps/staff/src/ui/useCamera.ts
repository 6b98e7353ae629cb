/** Reads codes off the camera's picture, where the browser can: nothing is loaded for it, and no picture leaves the device. */
import { useEffect, useRef, type RefObject } from "react";

interface Detector {
  detect: (picture: HTMLVideoElement) => Promise<{ rawValue: string }[]>;
}

type DetectorMaker = new (options: { formats: string[] }) => Detector;

const maker = (): DetectorMaker | null => ("BarcodeDetector" in globalThis ? (globalThis as unknown as { BarcodeDetector: DetectorMaker }).BarcodeDetector : null);

/** Browsers give a camera to pages on https and localhost only. */
export const hasCamera = (): boolean => maker() !== null && navigator.mediaDevices?.getUserMedia !== undefined;

const LOOK_EVERY_MS = 150;

/** Shows the picture in the returned element and calls `onCode` with the first code in it. `onFailed`: no camera, or it was refused. */
export function useCamera(on: boolean, onCode: (code: string) => void, onFailed: () => void): RefObject<HTMLVideoElement | null> {
  const picture = useRef<HTMLVideoElement>(null);
  const told = useRef({ onCode, onFailed });
  told.current = { onCode, onFailed };
  useEffect(() => {
    const Maker = maker();
    if (!on || Maker === null) return;
    let stream: MediaStream | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const end = (): void => {
      over = true;
      clearTimeout(timer);
      stream?.getTracks().forEach((track) => track.stop());
    };
    const look = async (detector: Detector): Promise<void> => {
      if (over || picture.current === null) return;
      const [found] = await detector.detect(picture.current).catch(() => []);
      if (over) return;
      if (found !== undefined && found.rawValue !== "") {
        end();
        return told.current.onCode(found.rawValue);
      }
      timer = setTimeout(() => void look(detector), LOOK_EVERY_MS);
    };
    const begin = async (): Promise<void> => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      if (over || picture.current === null) return end();
      picture.current.srcObject = stream;
      await picture.current.play();
      await look(new Maker({ formats: ["qr_code"] }));
    };
    begin().catch(() => {
      if (!over) told.current.onFailed();
      end();
    });
    return end;
  }, [on]);
  return picture;
}
