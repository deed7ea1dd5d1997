// A heat map on a canvas: a row per shard, time to the right, colour by how near the limit it is.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Shards } from "./contract";
import { colour, isDark } from "./theme";
import { clock, percent, whole } from "./units";
import { useWidth } from "./usewidth";

const HEIGHT_MAX = 420;
const ROW_MAX = 22;
const AXIS = 18;

type Rgb = [number, number, number];

function rgb(hex: string): Rgb {
  const value = parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

const mix = (a: Rgb, b: Rgb, t: number): string =>
  `rgb(${a.map((from, at) => Math.round(from + ((b[at] ?? 0) - from) * t)).join(",")})`;

interface Shades {
  cold: Rgb;
  warm: Rgb;
  hot: Rgb;
  over: Rgb;
}

/** Paler the further from the limit; what comes near it is amber, what reaches it red, and both stand out. */
function shade(ratio: number, { cold, warm, hot, over }: Shades): string {
  if (ratio < 0.9) return mix(cold, warm, ratio / 0.9);
  return mix(ratio < 0.98 ? hot : over, warm, 0);
}

interface Props {
  shards: Shards;
  limit: number;
}

interface Layout {
  width: number;
  row: number;
  height: number;
}

function draw(canvas: HTMLCanvasElement, { shards, limit }: Props, { width, row, height }: Layout): void {
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round((height + AXIS) * ratio);
  const ctx = canvas.getContext("2d");
  if (ctx === null) return;
  ctx.scale(ratio, ratio);
  const shades = { cold: rgb(colour("cold")), warm: rgb(colour("accent")), hot: rgb(colour("amber")), over: rgb(colour("red")) };
  const columns = Math.max(1, shards.at_s.length);
  const gap = row >= 6 ? 1 : 0;
  shards.shards.forEach((shard, y) => {
    for (let x = 0; x < columns; x++) {
      const value = shard.per_s[x];
      if (value === null || value === undefined) continue;
      const left = Math.floor((x * width) / columns);
      ctx.fillStyle = shade(value / limit, shades);
      ctx.fillRect(left, y * row, Math.ceil(((x + 1) * width) / columns) - left, row - gap);
    }
  });
  ctx.fillStyle = colour("muted");
  ctx.font = "11px system-ui, sans-serif";
  const ticks = Math.max(2, Math.min(8, Math.floor(width / 110)));
  for (let at = 0; at < ticks; at++) {
    const index = Math.round((at / (ticks - 1)) * (columns - 1));
    ctx.textAlign = at === 0 ? "left" : at === ticks - 1 ? "right" : "center";
    ctx.fillText(clock(shards.at_s[index]), (at / (ticks - 1)) * width, height + 13);
  }
}

export function HeatMap({ shards, limit }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(box);
  const [hint, setHint] = useState("");
  const count = shards.shards.length;
  const row = Math.max(2, Math.min(ROW_MAX, Math.floor(HEIGHT_MAX / Math.max(1, count))));
  const height = row * count;
  const dark = isDark.value;


  useEffect(() => {
    if (canvas.current !== null && width > 0) draw(canvas.current, { shards, limit }, { width, row, height });
  }, [shards, limit, width, row, height, dark]);

  const point = (event: MouseEvent) => {
    const x = Math.floor((event.offsetX / Math.max(1, width)) * shards.at_s.length);
    const shard = shards.shards[Math.floor(event.offsetY / row)];
    const value = shard?.per_s[x];
    setHint(shard === undefined || value === null || value === undefined ? ""
      : `${shard.id} at ${clock(shards.at_s[x])}: ${whole(value)} events/s, ${percent(value / limit)} of the limit`);
  };

  return (
    <figure class="heat">
      <div ref={box}>
        <canvas ref={canvas} role="img" aria-label={`Events per second of ${count} ${shards.unit}s over time; the table below has the figures`}
          onMouseMove={point} onMouseLeave={() => setHint("")} />
      </div>
      <figcaption>
        <span class="scale" aria-hidden="true"><span>0</span><i class="s0" /><i class="s1" /><i class="s2" /><span>90 %</span><i class="s3" /><span>98 %</span><i class="s4" /><span>limit</span></span>
        <span class="hint">{hint}</span>
      </figcaption>
    </figure>
  );
}
