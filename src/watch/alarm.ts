/** A wait that can be cut short from outside, as often as needed. */
export class Alarm {
  #wake: (() => void) | null = null;
  #rang = false;

  /** Ends the wait under way, or the next one if there is none. */
  ring(): void {
    this.#rang = true;
    this.#wake?.();
  }

  /** Waits for `ms` milliseconds, the alarm, or the signal, whichever comes first. Never throws. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rang && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", end);
          resolve();
        };
        const timer = setTimeout(end, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
        signal.addEventListener("abort", end);
        this.#wake = end;
      });
    }
    this.#wake = null;
    this.#rang = false;
  }
}

/** Longer ones overflow and fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
