import { randomUUID } from 'node:crypto'
import { availableParallelism, totalmem } from 'node:os'
import { defineConfig } from 'vitest/config'

/**
 * Half of the time a node test waits: one file more than there are processors. Memory for 4 GB each is generous: a whole
 * run with three at a time has been seen with less than 5 GB in use.
 */
const pairs = Math.max(1, Math.min(availableParallelism() + 1, Math.floor(totalmem() / 4e9)))

/** Without a limit of time, unlike hooks: on a new machine this builds Kubernetes. */
const PARTS_FIRST = 'test/support/kubernetes/parts-first.ts'

// Four projects, by what they need: nothing (unit), programs on this machine (integration), root and nodes (nodes),
// and time (emulated), which is why `./scripts/test` leaves the last one out.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'test/support/**/*.test.ts', 'scripts/**/*.test.ts'],
          setupFiles: 'test/support/forget-secrets.ts',
          testTimeout: 120_000, // on a machine that other work keeps busy, a second becomes twenty
          hookTimeout: 60_000,
          isolate: false,
          maxWorkers: availableParallelism(), // one fewer is the default: of two, one
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: PARTS_FIRST,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          maxWorkers: availableParallelism(),
        },
      },
      {
        test: {
          name: 'nodes',
          include: ['test/nodes/**/*.test.ts'],
          globalSetup: PARTS_FIRST,
          testTimeout: 900_000,
          hookTimeout: 1_800_000,
          maxWorkers: pairs,
          expect: { poll: { interval: 500 } }, // the default asks a node twenty times a second
          env: { EDGELIFT_TEST_RUN: randomUUID() },
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'emulated',
          include: ['test/emulated/**/*.test.ts'],
          globalSetup: PARTS_FIRST,
          testTimeout: 3_600_000,
          hookTimeout: 1_800_000,
          env: { EDGELIFT_TEST_RUN: randomUUID() },
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
