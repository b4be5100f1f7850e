export { completionSpec } from './completion-command.ts'
export { manSpec } from './man-command.ts'
export { manPage } from './man-page.ts'
export { type Env, type Output, type Paint, paintFor, type Streams } from './output.ts'
export { type ProgramInput, runProgram } from './program.ts'
export { openReporter, type ReporterOptions } from './reporter.ts'
export { runProcess } from './run-process.ts'
export {
  asEdgeliftError,
  type CommandContext,
  type Outcome,
  printError,
  runInShell,
  type ShellOptions,
  usageError,
} from './shell.ts'
export type { Reporter } from './showing.ts'
export type {
  Arguments,
  CommandHandler,
  CommandSpec,
  OptionSpec,
  PositionalSpec,
  ProgramSpec,
} from './specs.ts'
export { displayWidth, fitWidth, formatTable, padWidth } from './width.ts'
