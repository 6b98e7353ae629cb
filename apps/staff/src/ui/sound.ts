/** The device's voice and chime. */
import type { Lang } from "../device/settings";

type Voices = Pick<SpeechSynthesis, "speak" | "cancel" | "getVoices">;

const voices = (): Voices | null => (typeof speechSynthesis === "undefined" ? null : speechSynthesis);

function voiceFor(lang: Lang): SpeechSynthesisVoice | null {
  const fits = (v: SpeechSynthesisVoice): boolean => v.lang.toLowerCase().replace("_", "-").startsWith(lang) && !/yue|hk/i.test(v.lang);
  const all = voices()?.getVoices().filter(fits) ?? [];
  return all.find((v) => v.localService) ?? all[0] ?? null;
}

let context: AudioContext | null = null;

/** Must be called from a tap. Resolves true when the browser lets us make sound. */
export async function unlockAudio(): Promise<boolean> {
  context ??= new AudioContext();
  if (context.state !== "running") await context.resume().catch(() => undefined);
  voices()?.getVoices();
  return context.state === "running";
}

/** True without a tap where the screen runs in a kiosk that allows sound. */
export async function audioAlreadyAllowed(): Promise<boolean> {
  context ??= new AudioContext();
  if (context.state === "running") return true;
  await Promise.race([context.resume().catch(() => undefined), new Promise((r) => setTimeout(r, 300))]);
  return (context as AudioContext).state === "running";
}

export const soundRuns = (): boolean => context?.state === "running";

/** Two soft bells, about a second; `volume` from 0 to 1. */
export function chimeAt(volume: number): Promise<void> {
  const audio = context;
  if (audio === null || audio.state !== "running") return Promise.resolve();
  const bell = (hz: number, at: number): void => {
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.type = "sine";
    tone.frequency.value = hz;
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(Math.max(0.001, 0.5 * volume), at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.7);
    tone.connect(gain).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.75);
  };
  bell(880, audio.currentTime);
  bell(659.25, audio.currentTime + 0.32);
  return new Promise((done) => setTimeout(done, 1150));
}

export function sayAt(text: string, lang: Lang, volume: number): Promise<void> {
  return new Promise((done, fail) => {
    const synth = voices();
    const voice = voiceFor(lang);
    if (synth === null || voice === null) return fail(new Error("no voice"));
    synth.cancel();
    const sentence = new SpeechSynthesisUtterance(text);
    sentence.voice = voice;
    sentence.lang = voice.lang;
    sentence.rate = 0.9;
    sentence.volume = volume;
    sentence.onend = () => done();
    sentence.onerror = (e) => fail(new Error(e.error));
    synth.speak(sentence);
  });
}

export const deviceSpeaker = { canSpeak: (lang: Lang): boolean => voiceFor(lang) !== null };
