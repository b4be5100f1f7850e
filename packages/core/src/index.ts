export {
  createFileWhole,
  isTemporaryOf,
  namingFile,
  replaceFile,
  sweepAbandoned,
  syncFolder,
  temporaryBeside,
  writeFileAtomic,
} from './atomic-file.ts'
export { freeBuffer, giveBuffer, takeBuffer } from './buffers.ts'
export { type ByteReader, byteReader } from './byte-reader.ts'
export { coreCodes } from './codes.ts'
export { type Digest, digestOf, hexOf, isDigest, parseDigest } from './digest.ts'
export { variableInvalid } from './environment.ts'
export type { ErrorCode } from './error-code.ts'
export {
  type CodeEntry,
  type CodeTable,
  EdgeliftError,
  EXIT,
  type ExitCode,
  type Failure,
  failures,
  formatError,
  isErrno,
} from './errors.ts'
export type { Report, WorkEvent } from './events.ts'
export { silent } from './events.ts'
export {
  type Exec,
  type ExecOptions,
  type ExecResult,
  exec,
  lastLines,
  mustExec,
  TIME_IS_UP,
} from './exec.ts'
export { fileErrorWords, namingPath, systemError } from './file-errors.ts'
export { fileStream } from './file-stream.ts'
export { hashFile } from './hash-file.ts'
export { hashThread } from './hash-thread.ts'
export type { HashThread, ThreadHash } from './hash-thread-types.ts'
export { hashedWriter } from './hashed-writer.ts'
export { JSON_DEPTH, parseJson, tryParseJson } from './json.ts'
export { makeFolder } from './make-folder.ts'
export {
  decodedText,
  type InputAwaited,
  inputAwaited,
  readInputText,
  readNamed,
  readNamedText,
} from './named-input.ts'
export { nearest } from './nearest.ts'
export { checkOutputFile, checkOutputFolder, type OutputPlace } from './output-place.ts'
export { clearWay, readOwn, removeOwn, writeOwn } from './own-file.ts'
export { ownFolder } from './own-folder.ts'
export { percentDecoded } from './percent-decoded.ts'
export { beginningOf, hasActing, plainName, plainText } from './plain-text.ts'
export { clearLock, takeLock, tryLock } from './process-lock.ts'
export { isNotRegular, notRegular, openRegular, readRegular } from './regular-file.ts'
export { expectationWords, type SchemaIssue, schemaIssueText } from './schema-issue.ts'
export { rememberSecret, withoutSecrets } from './secrets.ts'
export { shellWord } from './shell-word.ts'
export { CHUNK, formatBytes, parseBytes } from './sizes.ts'
export { keepHeapSmall } from './small-heap.ts'
export { refuseSpecial } from './special-file.ts'
export { systemErrorForPeople } from './system-error.ts'
export {
  paxRecord,
  TAR_BLOCK,
  TAR_END,
  type TarHeaderInput,
  type TarType,
  tarHeader,
  tarPadding,
  tarSize,
  writeTarChecksum,
} from './tar-header.ts'
export {
  boundedText,
  chooseLang,
  counted,
  joinTexts,
  type Lang,
  reasonText,
  same,
  type Text,
} from './text.ts'
export { isUnexpanded } from './unexpanded.ts'
export { contentMismatch, type Expected, verified, verifying } from './verifying.ts'
export { EDGELIFT_VERSION } from './version.ts'
export { writeAll } from './write-all.ts'
export {
  readKubernetesYaml,
  readReleaseYaml,
  readSettingsTexts,
  readSettingsYaml,
  YamlError,
  yamlErrorWords,
  yamlLines,
} from './yaml/index.ts'
