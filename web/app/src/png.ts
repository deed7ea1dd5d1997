// A chart as a picture: the plot's canvas with its title and legend on the page's own ground.
import { colour } from "./theme";

export interface Picture {
  canvas: HTMLCanvasElement;
  title: string;
  subtitle: string;
  lines: { label: string; colour: string }[];
  name: string;
}

export function savePng({ canvas, title, subtitle, lines, name }: Picture): void {
  const ratio = devicePixelRatio;
  const top = 58 * ratio;
  const pad = 12 * ratio;
  const out = document.createElement("canvas");
  out.width = canvas.width + 2 * pad;
  out.height = canvas.height + top + pad;
  const ctx = out.getContext("2d");
  if (ctx === null) return;
  ctx.fillStyle = colour("ground");
  ctx.fillRect(0, 0, out.width, out.height);
  ctx.fillStyle = colour("ink");
  ctx.font = `600 ${14 * ratio}px system-ui, sans-serif`;
  ctx.fillText(title, pad, 24 * ratio);
  const after = pad + ctx.measureText(title).width + 12 * ratio;
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.fillStyle = colour("muted");
  ctx.fillText(subtitle, after, 24 * ratio);
  let x = pad;
  for (const line of lines) {
    ctx.fillStyle = colour(line.colour);
    ctx.fillRect(x, 40 * ratio, 14 * ratio, 3 * ratio);
    ctx.fillStyle = colour("muted");
    ctx.fillText(line.label, x + 19 * ratio, 45 * ratio);
    x += ctx.measureText(line.label).width + 36 * ratio;
  }
  ctx.drawImage(canvas, pad, top);
  out.toBlob((blob) => {
    if (blob === null) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${name}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}
