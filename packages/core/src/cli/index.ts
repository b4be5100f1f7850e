export { type Env, type Output, type Paint, paintFor, type Streams } from './output.ts'
export { streamsOf } from './process-streams.ts'
export {
  type Arguments,
  type CommandHandler,
  type CommandSpec,
  type OptionSpec,
  type PositionalSpec,
  type ProgramInput,
  type ProgramSpec,
  runProgram,
} from './program.ts'
export { openReporter, type Reporter, type ReporterOptions } from './reporter.ts'
export {
  asEdgeliftError,
  type CommandContext,
  type Outcome,
  printError,
  runInShell,
  type ShellOptions,
  usageError,
} from './shell.ts'
export { displayWidth, fitWidth, formatTable, padWidth } from './width.ts'
