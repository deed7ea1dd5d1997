// Dark or light: the system's choice until the switch is used.
import { computed, signal } from "@preact/signals";

export type ThemeChoice = "system" | "light" | "dark";
const KEY = "freshet.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

const systemDark = signal(dark.matches);
export const choice = signal<ThemeChoice>("system");
export const isDark = computed(() => (choice.value === "system" ? systemDark.value : choice.value === "dark"));

const isChoice = (text: string | null): text is ThemeChoice => text === "light" || text === "dark" || text === "system";

export function choose(next: ThemeChoice): void {
  choice.value = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Storage may be refused; the choice then lasts as long as the page.
  }
  apply();
}

export const nextChoice = (): ThemeChoice => (isDark.value ? "light" : "dark");

function apply(): void {
  document.documentElement.dataset.theme = isDark.value ? "dark" : "light";
}

export function startTheme(asked: string | null = null): void {
  let stored: string | null = asked;
  try {
    stored ??= localStorage.getItem(KEY);
  } catch {
    // As above.
  }
  if (isChoice(stored)) choice.value = stored;
  dark.addEventListener("change", (event) => {
    systemDark.value = event.matches;
    apply();
  });
  apply();
}

/** A colour of the style sheet, for canvases. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
