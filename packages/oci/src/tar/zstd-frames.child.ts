/** Prints what a Node that has zstd (22.15 and newer) reads of it, for a test that runs on one without. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import zlib from 'node:zlib'
import { unpacked } from './unpacked.ts'

const { zstdCompressSync } = zlib as unknown as { zstdCompressSync(text: Buffer): Buffer }
const compress = (text: string) => zstdCompressSync(Buffer.from(text))
const SKIPPED = Buffer.concat([Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]), Buffer.from('skip')])
const read = async (...pieces: readonly Buffer[]) =>
  String(await buffer(await unpacked(Readable.from(pieces, { objectMode: false }), 'x')))
const fails = (bytes: Buffer) =>
  read(bytes).then(
    () => false,
    () => true,
  )

const parts = Array.from({ length: 300 }, (_, n) => `part ${n}\n`.repeat(n))
const large = 'more than fits at once'.repeat(100_000)
const whole = Buffer.concat([compress('one'.repeat(5000)), compress('two'.repeat(5000))])
process.stdout.write(
  JSON.stringify({
    manyFrames: (await read(SKIPPED, ...parts.map(compress), SKIPPED)) === parts.join(''),
    largeFrame: (await read(compress('a'), compress(large), compress('b'))) === `a${large}b`,
    cutFails: await fails(whole.subarray(0, -2)),
    damagedFails: await fails(Buffer.from(whole).fill(7, 8, 14)),
  }),
)
