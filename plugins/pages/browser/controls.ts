import type { ViewerDimension, ViewerField } from "../src/viewer-field.ts";
import type { ValueRange } from "./colour-maps.ts";
import { formatNumber, type Labels } from "./labels.ts";

/** What one touches, and what one sees. */
export interface Controls {
  readonly section: HTMLElement;
  readonly variable: HTMLSelectElement;
  readonly colours: HTMLSelectElement;
  /** `robust`, `full` or `own`. */
  readonly scope: HTMLSelectElement;
  readonly min: HTMLInputElement;
  readonly max: HTMLInputElement;
  readonly choices: HTMLElement;
  readonly draw: HTMLButtonElement;
  readonly canvas: HTMLCanvasElement;
  readonly scale: HTMLCanvasElement;
  readonly value: HTMLElement;
  readonly note: HTMLElement;
  readonly problem: HTMLElement;
  sayRange(range: ValueRange, field: ViewerField): void;
}

const RANGES = { robust: "2–98 %", full: "all values", own: "own" };

export function createControls(
  section: HTMLElement,
  fields: readonly ViewerField[],
  colourMaps: readonly string[],
): Controls {
  const variable = select(fields.map(({ path, name, label }) => [path, label ? `${name} – ${label}` : name]));
  const colours = select(colourMaps.map((name) => [name, name]));
  const scope = select(Object.entries(RANGES));
  const [min, max] = [numberInput(), numberInput()];
  const choices = element("div", "choices");
  const draw = element("button", "draw");
  draw.type = "button";
  draw.hidden = true;
  const canvas = element("canvas", "picture");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "no picture yet");
  const scale = element("canvas", "scale");
  [scale.width, scale.height] = [256, 1];
  scale.setAttribute("aria-hidden", "true");
  const value = element("output", "value");
  const [note, problem] = [element("p", "quiet"), element("p", "failed")];
  problem.setAttribute("role", "alert");
  const [low, high, unit] = [element("span"), element("span"), element("span", "quiet")];
  const bar = element("div", "bar");
  bar.append(
    labelled("variable", variable),
    labelled("colours", colours),
    labelled("range", scope),
    labelled("from", min),
    labelled("to", max),
  );
  const legend = element("div", "legend");
  legend.append(low, scale, high, unit);
  const body = element("div", "viewer-body");
  body.append(bar, choices, draw, canvas, legend, value, note, problem);
  section.querySelector("[data-waiting]")?.replaceWith(body);
  return {
    section,
    variable,
    colours,
    scope,
    min,
    max,
    choices,
    draw,
    canvas,
    scale,
    value,
    note,
    problem,
    sayRange(range, field) {
      [low.textContent, high.textContent] = [formatNumber(range.min), formatNumber(range.max)];
      unit.textContent = field.unit ?? "";
      const text =
        `${field.label ?? field.name}, ${low.textContent} to ${high.textContent} ${field.unit ?? ""}`.trim();
      canvas.setAttribute("aria-label", `Picture of ${text}. The arrow keys read single values.`);
    },
  };
}

export interface Choice {
  readonly dimension: ViewerDimension;
  readonly labels: Labels;
  /** Moves by itself from the start, and says how fast. */
  readonly plays: boolean;
}

/** Slider for a dimension, with what its position is called. */
export function choiceOf(
  { dimension, labels, plays }: Choice,
  choose: (position: number) => Promise<void>,
): HTMLElement {
  const slider = element("input");
  slider.type = "range";
  slider.max = String(dimension.size - 1);
  slider.value = "0";
  slider.setAttribute("aria-label", dimension.name);
  const said = element("output");
  const say = (): void => {
    said.textContent = labels(slider.valueAsNumber);
    slider.setAttribute("aria-valuetext", said.textContent);
  };
  const go = (): Promise<void> => {
    say();
    return choose(slider.valueAsNumber);
  };
  slider.addEventListener("input", () => void go());
  const name = element("span");
  name.textContent = dimension.name;
  const row = element("div", plays ? "choice plays" : "choice");
  row.append(name, stepButton("‹", `${dimension.name}: one back`, -1, slider, go), slider);
  row.append(stepButton("›", `${dimension.name}: one on`, 1, slider, go));
  const speed = plays ? select(SPEEDS.map((times) => [String(times), `${times} ×`])) : undefined;
  const play = playButton(`play ${dimension.name}`, slider, { go, speed });
  row.append(play, said);
  if (speed) {
    speed.value = "1";
    speed.setAttribute("aria-label", "speed");
    row.append(speed);
    // who asks for less motion starts it by hand
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) setTimeout(() => play.click());
  }
  say();
  return row;
}

/** Milliseconds that a picture of a film stays. */
const FRAME_MS = 350;
const SPEEDS = [0.25, 0.5, 1, 2, 4];

interface Playing {
  readonly go: () => Promise<void>;
  readonly speed: HTMLSelectElement | undefined;
}

/** Goes through all positions, over and over, no faster than the pictures come. */
function playButton(label: string, slider: HTMLInputElement, { go, speed }: Playing): HTMLButtonElement {
  const button = element("button");
  button.type = "button";
  button.textContent = "▶";
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-pressed", "false");
  const isPlaying = (): boolean => button.ariaPressed === "true" && button.isConnected;
  const play = async (): Promise<void> => {
    while (isPlaying()) {
      slider.valueAsNumber = slider.value === slider.max ? 0 : slider.valueAsNumber + 1;
      await go();
      await new Promise((resolve) => setTimeout(resolve, FRAME_MS / Number(speed?.value ?? 1)));
    }
  };
  button.addEventListener("click", () => {
    const wasPlaying = isPlaying();
    button.ariaPressed = String(!wasPlaying);
    button.textContent = wasPlaying ? "▶" : "❚❚";
    if (!wasPlaying) void play();
  });
  return button;
}

function stepButton(
  text: string,
  label: string,
  by: number,
  slider: HTMLInputElement,
  go: () => Promise<void>,
): HTMLButtonElement {
  const button = element("button");
  button.type = "button";
  button.textContent = text;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", () => {
    slider.valueAsNumber += by; // the browser keeps it inside the bounds
    void go();
  });
  return button;
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className?: string,
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== undefined) made.className = className;
  return made;
}

function select(options: readonly (readonly [value: string, text: string])[]): HTMLSelectElement {
  const made = element("select");
  made.append(...options.map(([value, text]) => new Option(text, value)));
  return made;
}

function numberInput(): HTMLInputElement {
  const made = element("input");
  made.type = "number";
  made.step = "any";
  return made;
}

function labelled(text: string, control: HTMLElement): HTMLLabelElement {
  const label = element("label");
  const words = element("span");
  words.textContent = text;
  label.append(words, control);
  return label;
}
