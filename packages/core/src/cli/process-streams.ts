import { charsetOf, encodeGbk } from '../charset.ts'
import { type Env, type Output, type Streams, withWrite } from './output.ts'

interface ByteOutput {
  write(chunk: string | Uint8Array): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly rows?: number | undefined
}

/** The process' own streams, written in the locale's encoding. */
export function streamsOf(
  { stdout, stderr }: { readonly stdout: ByteOutput; readonly stderr: ByteOutput },
  env: Env,
): Streams {
  return { stdout: encoded(stdout, env), stderr: encoded(stderr, env) }
}

function encoded(output: ByteOutput, env: Env): Output {
  if (charsetOf(env) !== 'gbk') return output
  return withWrite(output, (text) => output.write(encodeGbk(text)))
}
