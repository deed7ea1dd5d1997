// Places in a text as people count them: lines and columns from 1.
import type { Place } from "../api";

/** Where the caret goes for a place; a column past the end of its line stays on it. */
export function offsetOf(text: string, { line, column }: Place): number {
  const lines = text.split("\n");
  const at = Math.min(line, lines.length) - 1;
  const before = lines.slice(0, at).reduce((sum, one) => sum + one.length + 1, 0);
  return before + Math.min((column ?? 1) - 1, lines[at]?.length ?? 0);
}
