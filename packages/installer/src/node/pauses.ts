const FIRST = 100
const LONGEST = 1000
const GROWTH = 1.5

/** Milliseconds between looks, without end: short at first, since most of what is waited for comes within a second. */
export function* pauses(): Generator<number, never> {
  for (let pause = FIRST; ; pause = Math.min(LONGEST, pause * GROWTH)) yield pause
}
