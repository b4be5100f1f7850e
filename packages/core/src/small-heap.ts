import { setFlagsFromString } from 'node:v8'

/**
 * V8's young generation keeps the size that it begins with, and WebAssembly stays as its first compiler makes it: undici's
 * parser of HTTP is some, and optimising it takes more memory than it ever saves time.
 */
const FLAGS = ['--semi-space-growth-factor=1', '--liftoff-only']

let asked = false

/**
 * Less memory for a program that moves bytes: objects that live for a chunk only would make V8 grow its young generation to 30
 * MB (130 on Node 24). What keeps many young objects alive becomes slower instead, so it is asked for where it was measured.
 * For the whole process: to be called by a program, never by a library, and before WebAssembly is compiled.
 */
export function keepHeapSmall(): void {
  asked = true
  restoreSmallHeap()
}

/** To be called when a thread has started: V8 then takes a growth factor of less than two for a mistake, and mends it. */
export function restoreSmallHeap(): void {
  if (asked) for (const flag of FLAGS) setFlagsFromString(flag)
}
