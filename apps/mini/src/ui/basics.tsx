/** The small parts every page is made of. Targets are at least 44 px; nothing is told by colour alone. */
import { Image, Input, Text, View } from "@tarojs/components";
import { useState, type PropsWithChildren, type ReactNode } from "react";
import { imageUrl } from "@/net/http";
import type { Tone } from "@/rules/status";
import type { IconName } from "./icons";

const cls = (...names: (string | false | null | undefined)[]): string => names.filter(Boolean).join(" ");

export function Icon({ name, size }: { name: IconName; size?: "s" | "l" }) {
  return <Text className={cls("icon", `icon--${name}`, size && `icon--${size}`)} />;
}

interface TapProps {
  id?: string;
  className?: string;
  label?: string;
  disabled?: boolean;
  onTap: () => void;
}

/** Anything that can be pressed. Draws nothing of its own. */
export function Tap({ id, className, label, disabled, onTap, children }: PropsWithChildren<TapProps>) {
  const aria = { role: "button", "aria-label": label, "aria-disabled": disabled ? "true" : undefined };
  return (
    <View id={id} className={cls("tap", className, disabled && "is-off")} hoverClass={disabled ? "none" : "is-down"} onClick={disabled ? undefined : onTap} {...aria}>
      {children}
    </View>
  );
}

export function Btn({ kind = "main", icon, children, ...tap }: PropsWithChildren<TapProps & { kind?: "main" | "soft" | "line" | "quiet"; icon?: IconName }>) {
  return (
    <Tap {...tap} className={cls("btn", `btn--${kind}`, tap.className)}>
      {icon && <Icon name={icon} />}
      <Text className="btn__text">{children}</Text>
    </Tap>
  );
}

export function Tag({ tone = "quiet", icon, children }: PropsWithChildren<{ tone?: Tone; icon?: IconName }>) {
  return (
    <View className={cls("tag", `tag--${tone}`)}>
      {icon && <Icon name={icon} size="s" />}
      <Text>{children}</Text>
    </View>
  );
}

interface StepperProps {
  id: string;
  value: number;
  max: number;
  min?: number;
  label?: string;
  words: { add: string; less: string };
  onStep: (by: 1 | -1) => void;
  big?: boolean;
}

/** − n +, and only + while there is nothing yet. */
export function Stepper({ id, value, max, min = 0, label, words, onStep, big }: StepperProps) {
  return (
    <View className={cls("stepper", big && "stepper--big")}>
      {value > min || big ? (
        <Tap id={`${id}-less`} className="stepper__end" label={words.less} disabled={value <= min} onTap={() => onStep(-1)}>
          <View className="stepper__dot stepper__dot--less"><Icon name="minus" size="s" /></View>
        </Tap>
      ) : null}
      {value > 0 || big ? <Text className="stepper__n">{label ?? value}</Text> : null}
      <Tap id={`${id}-add`} className="stepper__end" label={words.add} disabled={value >= max} onTap={() => onStep(1)}>
        <View className="stepper__dot"><Icon name="plus" size="s" /></View>
      </Tap>
    </View>
  );
}

/** A dish's picture; where it is missing, the first character of its name on a warm ground. */
export function Picture({ image, name, className, whole }: { image: string; name: string; className?: string; whole?: boolean }) {
  const [broken, setBroken] = useState(image === "");
  return (
    <View className={cls("picture", className)}>
      <Text className="picture__name">{Array.from(name)[0] ?? ""}</Text>
      {!broken && <Image className="picture__img" src={imageUrl(image)} mode={whole ? "aspectFit" : "aspectFill"} lazyLoad onError={() => setBroken(true)} />}
    </View>
  );
}

interface SheetProps {
  id: string;
  title: string;
  sub?: string;
  close: string;
  onClose: () => void;
  footer?: ReactNode;
  head?: ReactNode;
}

/** A panel from the bottom, in reach of the thumb. */
export function Sheet({ id, title, sub, close, onClose, footer, head, children }: PropsWithChildren<SheetProps>) {
  return (
    <View id={id} className="sheet">
      <View className="sheet__back" onClick={onClose} />
      <View className="sheet__panel">
        {head}
        <View className="sheet__head">
          <View className="sheet__titles">
            <View className="sheet__title">{title}</View>
            {sub ? <View className="sheet__sub">{sub}</View> : null}
          </View>
          <Tap id={`${id}-close`} className="sheet__close" label={close} onTap={onClose}><Icon name="cross" /></Tap>
        </View>
        <View className="sheet__body">{children}</View>
        {footer ? <View className="sheet__foot">{footer}</View> : null}
      </View>
    </View>
  );
}

export function Empty({ title, sub, icon, children }: PropsWithChildren<{ title: string; sub?: string; icon: IconName }>) {
  return (
    <View className="empty">
      <View className="empty__disc"><Icon name={icon} size="l" /></View>
      <View className="empty__title">{title}</View>
      {sub ? <View className="empty__sub">{sub}</View> : null}
      {children}
    </View>
  );
}

/** Grey shapes while something loads, in the shape of what will come. */
export function Skeleton({ rows }: { rows: number }) {
  return (
    <View className="skeletons">
      {Array.from({ length: rows }, (_, i) => (
        <View key={i} className="skeleton">
          <View className="skeleton__pic" />
          <View className="skeleton__lines"><View className="skeleton__line" /><View className="skeleton__line skeleton__line--half" /></View>
        </View>
      ))}
    </View>
  );
}

export function Field({ id, value, hint, max, onInput }: { id: string; value: string; hint: string; max: number; onInput: (value: string) => void }) {
  return <Input id={id} className="field" value={value} placeholder={hint} placeholderClass="field__hint" maxlength={max} onInput={(e) => onInput(String(e.detail.value))} />;
}
