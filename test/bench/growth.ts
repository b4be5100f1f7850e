import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { contentBytes, MB, ONE_ARCHIVE, prepare } from './ground.ts'
import { type Row, round, row, seconds } from './measure.ts'
import { peakRow } from './memory.ts'

/** How a build grows with the number of images of two layers and 2 MB. */
export interface Growth {
  readonly images: number
  readonly megabytes: number
  readonly seconds: number
  /** MB at most. */
  readonly memory: number
}

const COUNTS = [1, 4, 16, 64, 300]

/** Time per byte and memory from few images to many. */
export async function growthRows(
  folder: string,
): Promise<{ readonly rows: Row[]; readonly growth: Growth[] }> {
  const growth: Growth[] = []
  for (const images of COUNTS) {
    const place = path.join(folder, `images-${images}`)
    await mkdir(place, { recursive: true })
    growth.push(await measured(place, images))
    await rm(place, { recursive: true })
  }
  const [few, many] = [growth.find(({ images }) => images === 64), growth.at(-1)]
  if (few === undefined || many === undefined) throw new Error('nothing was measured')
  const perByte = (one: Growth): number => (one.seconds / one.megabytes) * 1000
  const rows = [
    row({
      id: 'P12',
      what: 'time for a GB, 300 images / 64 images',
      goal: 1.1,
      ours: perByte(many),
      peer: perByte(few),
    }),
    peakRow('P12-memory', 'build with 300 images', many.memory * MB),
  ]
  return { rows, growth }
}

async function measured(folder: string, images: number): Promise<Growth> {
  await using ground = await prepare(folder, {
    images: Array.from({ length: images }, () => [1.5 * MB, 0.5 * MB]),
  })
  let peak = 0
  const time = await seconds(async () => {
    peak = (await ground.build(ONE_ARCHIVE)).peak
  })
  const megabytes = contentBytes(ground.upstream) / MB
  return { images, megabytes: round(megabytes), seconds: round(time), memory: Math.round(peak / MB) }
}
