import type { ViewerField, ViewerSetup } from "../src/viewer-field.ts";
import { type ArrayReader, openReader, type Selection } from "./array-reader.ts";
import { addColourMap, colourMaps, fullRange, robustRange, type ValueRange } from "./colour-maps.ts";
import { type Controls, choiceOf, createControls } from "./controls.ts";
import { formatNumber, type Labels, labelsOf } from "./labels.ts";
import { drawCoast, drawCross, drawLine, drawScale, paintCells } from "./picture.ts";
import { type Scene, sceneOf, thinningOf } from "./scene.ts";

/** Pictures that need more than this are drawn when somebody asks for them. */
const MAX_UNASKED_BYTES = 64 * 1024 * 1024;
const LINE_HEIGHT = 0.35;
const WIDE_DEGREES = 150;

/** Everything that is on the screen now. */
interface Shown {
  readonly field: ViewerField;
  readonly values: Float64Array;
  /** Absent where the field is a line. */
  readonly scene: Scene | undefined;
  readonly range: ValueRange;
  readonly along: Labels | undefined;
}

/** Turns the section of the page into a viewer. */
export function startViewer(section: HTMLElement): void {
  const setup = JSON.parse(section.dataset["setup"] ?? "{}") as ViewerSetup; // written by the same server
  const store = new URL(setup.store, location.href).href.replace(/\/$/, "");
  if (setup.colours) addColourMap(setup.colours.name, setup.colours.stops);
  new Viewer(setup, openReader(store), createControls(section, setup.fields, colourMaps()));
}

class Viewer {
  readonly #setup: ViewerSetup;
  readonly #reader: ArrayReader;
  readonly #controls: Controls;
  readonly #scenes = new Map<string, Promise<Scene>>();
  readonly #positions = new Map<string, number>();
  readonly #coasts = new Map<string, Promise<Path2D>>();
  #shown: Shown | undefined;
  #cross: readonly [px: number, py: number] | undefined;
  #allowed = false;
  #loading: Promise<void> | undefined;
  #isStale = false;

  constructor(setup: ViewerSetup, reader: ArrayReader, controls: Controls) {
    this.#setup = setup;
    this.#reader = reader;
    this.#controls = controls;
    controls.variable.addEventListener("change", () => void this.#chooseField());
    controls.colours.addEventListener("change", () => void this.#paint());
    controls.scope.addEventListener("change", () => this.#rescale());
    for (const input of [controls.min, controls.max])
      input.addEventListener("change", () => {
        controls.scope.value = "own";
        this.#rescale();
      });
    controls.draw.addEventListener("click", () => {
      this.#allowed = true;
      void this.#chooseField();
    });
    controls.canvas.addEventListener("pointermove", (event) => this.#point(event));
    controls.canvas.addEventListener("pointerleave", () => this.#moveCross(undefined));
    controls.canvas.addEventListener("keydown", (event) => this.#step(event));
    void this.#chooseField();
  }

  get #field(): ViewerField | undefined {
    return this.#setup.fields[this.#controls.variable.selectedIndex];
  }

  async #chooseField(): Promise<void> {
    const field = this.#field;
    if (!field) return;
    const controls = this.#controls;
    const isLarge = field.bytes > MAX_UNASKED_BYTES || field.mayRun === true;
    controls.draw.hidden = this.#allowed || !isLarge;
    controls.draw.textContent = field.mayRun
      ? "Draw it (a model may have to run)"
      : `Draw it (reads ${Math.round(field.bytes / 1024 / 1024)} MiB before compression)`;
    this.#positions.clear();
    controls.choices.replaceChildren();
    if (isLarge && !this.#allowed) return;
    void this.#load();
    const choices = field.dims.filter(({ role, size }) => role === "choice" && size > 1);
    const { plays } = this.#setup;
    const film = choices.find(({ name }) => name === plays) ?? choices[0];
    for (const dimension of choices) {
      const labels = await labelsOf(dimension, this.#reader);
      if (this.#field !== field) return;
      controls.choices.append(
        choiceOf({ dimension, labels, plays: plays !== undefined && dimension === film }, (at) => {
          this.#positions.set(dimension.name, at);
          return this.#load();
        }),
      );
    }
  }

  /** One picture at a time; what was asked for meanwhile comes right after it, and only the last of it. */
  #load(): Promise<void> {
    this.#isStale = true;
    this.#loading ??= this.#loadAll().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #loadAll(): Promise<void> {
    const { section, problem } = this.#controls;
    section.setAttribute("aria-busy", "true");
    while (this.#isStale) {
      this.#isStale = false;
      try {
        await this.#show();
        problem.textContent = "";
      } catch (error) {
        problem.textContent = `This cannot be drawn: ${error instanceof Error ? error.message : String(error)}`;
      }
    }
    section.setAttribute("aria-busy", "false");
  }

  async #show(): Promise<void> {
    const field = this.#field;
    if (!field) return;
    const isLine = field.geometry.kind === "line";
    const [values, scene] = await Promise.all([this.#values(field), isLine ? undefined : this.#scene(field)]);
    const lineDim = field.dims.find(({ role }) => role === "x");
    const along = isLine && lineDim ? await labelsOf(lineDim, this.#reader) : undefined;
    // in a film a colour means the same from the first picture to the last
    const before = this.#setup.plays !== undefined && this.#shown?.field === field ? this.#shown : undefined;
    const range = before?.range ?? this.#rangeOf(values);
    this.#shown = { field, values, scene, range, along };
    this.#controls.note.textContent = [
      scene?.note,
      thinningOf(field) > 1 ? `Every ${thinningOf(field)}th row and column is shown.` : undefined,
    ]
      .filter((text) => text !== undefined)
      .join(" ");
    await this.#paint();
  }

  #scene(field: ViewerField): Promise<Scene> {
    const key = JSON.stringify([field.geometry, field.dims.map(({ role, size }) => [role, size])]);
    const known = this.#scenes.get(key);
    if (known) return known;
    const width = Math.round(
      Math.min(1400, Math.max(320, this.#controls.canvas.clientWidth * Math.min(2, devicePixelRatio))),
    );
    const making = sceneOf(field, this.#reader, { width, bbox: this.#setup.bbox });
    this.#scenes.set(key, making);
    making.catch(() => this.#scenes.delete(key));
    return making;
  }

  async #values(field: ViewerField): Promise<Float64Array> {
    const step = thinningOf(field);
    const selection: Selection = field.dims.map(({ role, name }) =>
      role === "choice" ? (this.#positions.get(name) ?? 0) : step === 1 ? null : { step },
    );
    const values = await this.#reader.numbers(field.path, selection, field.packing);
    const roles = field.dims.map(({ role }) => role).filter((role) => role !== "choice");
    if (roles[0] !== "x" || roles[1] !== "y") return values;
    const rows = Math.ceil((field.dims.find(({ role }) => role === "y")?.size ?? 1) / step);
    return transposed(values, rows);
  }

  #rangeOf(values: Float64Array): ValueRange {
    const { scope, min, max } = this.#controls;
    const own = { min: Number(min.value), max: Number(max.value) };
    if (scope.value === "own" && min.value !== "" && max.value !== "" && own.min < own.max) return own;
    const found = scope.value === "full" ? fullRange(values) : robustRange(values);
    const range = found ?? { min: 0, max: 1 };
    min.value = formatNumber(range.min);
    max.value = formatNumber(range.max);
    return range;
  }

  #rescale(): void {
    if (!this.#shown) return;
    this.#shown = { ...this.#shown, range: this.#rangeOf(this.#shown.values) };
    void this.#paint();
  }

  async #paint(): Promise<void> {
    const { canvas, scale, colours } = this.#controls;
    const context = canvas.getContext("2d");
    const shown = this.#shown;
    if (!shown || !context) return;
    const { scene, values, range, field } = shown;
    const coast = scene?.isGlobe ? await this.#coastPath(scene) : undefined;
    if (shown !== this.#shown) return;
    if (scene) {
      const { width, height } = scene.raster;
      if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
      paintCells(context, scene.raster, values, { range, colours: colours.value });
      if (coast) drawCoast(context, scene.window, coast);
    } else {
      canvas.width = Math.max(320, canvas.clientWidth);
      canvas.height = Math.round(canvas.width * LINE_HEIGHT);
      drawLine(context, values, range);
    }
    if (this.#cross) drawCross(context, ...this.#cross);
    drawScale(scale, colours.value);
    this.#controls.sayRange(range, field);
    canvas.dataset["drawn"] = String(Number(canvas.dataset["drawn"] ?? 0) + 1);
  }

  /** On a picture of the whole globe small islands and bays would only be dirt. */
  #coastPath({ window }: Scene): Promise<Path2D> {
    const url = window.right - window.left > WIDE_DEGREES ? this.#setup.world : this.#setup.coast;
    const reading =
      this.#coasts.get(url) ??
      fetch(url).then(async (answer) => {
        const text = answer.ok ? await answer.text() : "";
        return new Path2D(/ d="([^"]*)"/.exec(text)?.[1] ?? text);
      });
    this.#coasts.set(url, reading);
    return reading;
  }

  #point(event: PointerEvent): void {
    const { canvas } = this.#controls;
    const box = canvas.getBoundingClientRect();
    this.#moveCross([
      ((event.clientX - box.left) / box.width) * canvas.width,
      ((event.clientY - box.top) / box.height) * canvas.height,
    ]);
  }

  /** Arrow keys move the pointer, with shift by more. */
  #step(event: KeyboardEvent): void {
    const by = KEYS[event.key];
    if (!by) return;
    event.preventDefault();
    const { canvas } = this.#controls;
    const length = canvas.width / (event.shiftKey ? 20 : 200);
    const [px, py] = this.#cross ?? [canvas.width / 2, canvas.height / 2];
    const inside = (value: number, end: number): number => Math.max(0, Math.min(end - 1, value));
    this.#moveCross([inside(px + by[0] * length, canvas.width), inside(py + by[1] * length, canvas.height)]);
  }

  #moveCross(cross: readonly [number, number] | undefined): void {
    this.#cross = cross;
    this.#controls.value.textContent = this.#under(cross);
    void this.#paint();
  }

  #under(cross: readonly [number, number] | undefined): string {
    const shown = this.#shown;
    if (!shown || !cross) return "";
    const { scene, values, field, along } = shown;
    const { canvas } = this.#controls;
    const at = scene
      ? (scene.raster.cells[Math.floor(cross[1]) * scene.raster.width + Math.floor(cross[0])] ?? -1)
      : Math.round((cross[0] / canvas.width) * (values.length - 1));
    if (at < 0) return "no cell here";
    const value = formatNumber(values[at] ?? Number.NaN);
    const place = scene ? scene.placeOf(at) : (along?.(at) ?? String(at));
    return `${place}: ${value}${value === "missing" ? "" : ` ${field.unit ?? ""}`}`;
  }
}

const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** From columns of `rows` values to rows. */
function transposed(values: Float64Array, rows: number): Float64Array {
  const columns = values.length / rows;
  return values.map((_, at) => values[(at % columns) * rows + Math.floor(at / columns)] ?? Number.NaN);
}
