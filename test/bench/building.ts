import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { furtherImage } from '../support/building/small-release.ts'
import { cut, on } from '../support/upstream/faults.ts'
import { contentBytes, type Ground, MB, ONE_ARCHIVE, prepare } from './ground.ts'
import { compare, type Row, row, seconds, shell } from './measure.ts'
import { crane, cranePull, skopeoCopy } from './peers.ts'

/** Layers of the cloud's image: with all else, four archives of together about half of a real release. */
export const LAYERS = [90, 60, 40, 30, 20, 10, 5, 5].map((size) => size * MB)
const IMAGES = ['docker.io/kubeedge/agent:v1', 'docker.io/library/cloud:v1']
/** 12 images with 40 layers and 1.2 GB, these among them: as the shipped release has them. */
const REAL = Array.from({ length: 10 }, (_, image) =>
  [70, 30, 12, 5].slice(0, image < 6 ? 4 : 2).map((size) => size * MB),
)

/** The whole program against what fetches, and what copies; and the bytes that it asks for. */
export async function buildRows(folder: string): Promise<Row[]> {
  await using ground = await prepare(folder, { more: LAYERS })
  const one = await pull(ground, IMAGES, { id: 'P1', name: '266 MB', goal: 2 })
  return [...one, ...(await fetched(ground)), await again(ground), await cutAtHalf(ground)]
}

/** The same with the sizes of a real release. */
export async function realRows(folder: string): Promise<Row[]> {
  await using ground = await prepare(folder, { more: LAYERS.slice(0, 6), images: REAL })
  const images = [...IMAGES, ...REAL.map((_, image) => furtherImage(image))]
  const [against] = await pull(ground, images, {
    id: 'P1-real',
    name: '12 images, 40 layers, 1.2 GB',
    goal: 1.5,
    alone: true,
  })
  return against === undefined ? [] : [against]
}

interface Pull {
  readonly id: string
  readonly name: string
  readonly goal: number
  /** Compare with crane alone. */
  readonly alone?: boolean
}

/** One archive, from an empty store. */
async function pull(
  ground: Ground,
  images: readonly string[],
  { id, name, goal, alone }: Pull,
): Promise<Row[]> {
  const { folder, upstream } = ground
  const program = await crane()
  const host = new URL(upstream.origin).host
  const [pulled, packed] = [path.join(folder, 'pulled'), path.join(folder, 'pulled.tar')]
  const ours = async (): Promise<void> => {
    await ground.wipe()
    await ground.build(ONE_ARCHIVE)
  }
  const clear = async (): Promise<void> => {
    for (const place of [pulled, packed]) await rm(place, { recursive: true, force: true })
  }
  const withCrane = async (): Promise<void> => {
    await clear()
    await cranePull(program, host, images, pulled)
  }
  const against = [
    {
      id,
      what: `pull all images and seal the archive, ${name} / crane pull --format=oci`,
      goal,
      peer: withCrane,
    },
    {
      id: `${id}-by-hand`,
      what: `the same / crane pull, tar and sha256sum`,
      goal: 0.7,
      peer: async () => {
        await withCrane()
        shell(`tar cf ${packed} pulled && sha256sum ${packed}`, folder)
      },
    },
    {
      id: `${id}-skopeo`,
      what: `the same / skopeo copy and tar czf`,
      goal: 0.125,
      peer: async () => {
        await clear()
        await skopeoCopy(host, images, pulled)
        shell(`tar czf ${packed} pulled`, folder)
      },
    },
  ]
  const rows: Row[] = []
  for (const one of alone === true ? against.slice(0, 1) : against)
    rows.push(await compare({ ...one, ours, rounds: one.id.endsWith('skopeo') ? 1 : 5 }))
  return rows
}

/** Four archives from an empty store: the bytes, and the time against that of one. */
async function fetched(ground: Ground): Promise<Row[]> {
  const { small, upstream } = ground
  await ground.wipe()
  const one = await seconds(async () => void (await ground.build(ONE_ARCHIVE)))
  const cloud = await archiveBytes(ground)
  await ground.wipe()
  upstream.served.reset()
  const four = await seconds(async () => void (await ground.build([])))
  return [
    row({
      id: 'P6',
      what: 'bytes fetched for four archives / distinct bytes (MB)',
      goal: 1,
      ours: contentBytes(upstream) / MB,
      peer: small.bytes / MB,
    }),
    row({
      id: 'P6-time',
      what: 'four archives / one, by its share of their bytes',
      goal: 1.5,
      ours: four,
      peer: one * ((await archiveBytes(ground)) / cloud),
    }),
  ]
}

async function archiveBytes({ folder }: Ground): Promise<number> {
  const out = path.join(folder, 'out')
  const names = (await readdir(out)).filter((name) => name.endsWith('.tar.gz'))
  const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(out, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

async function cutAtHalf(ground: Ground): Promise<Row> {
  const { small, upstream } = ground
  await ground.wipe()
  upstream.faults.push(on({ method: 'GET', path: '/blobs/', nthOfPath: 1 }, cut({ share: 0.5 })))
  upstream.served.reset()
  await ground.build([])
  const what = 'bytes fetched where each blob is cut at half / distinct bytes (MB)'
  return row({ id: 'P5', what, goal: 1, ours: contentBytes(upstream) / MB, peer: small.bytes / MB })
}

/** Four archives that are there, as the builds before have left them. */
async function again(ground: Ground): Promise<Row> {
  const { folder, upstream } = ground
  await ground.build([])
  upstream.served.reset()
  const found = await compare({
    id: 'P4',
    what: 'build again, nothing changed / cp of the archives',
    goal: 1,
    rounds: 5,
    ours: async () => void (await ground.build([])),
    peer: async () => {
      await rm(path.join(folder, 'copy'), { recursive: true, force: true })
      await mustExec(exec, 'cp', ['-r', path.join(folder, 'out'), path.join(folder, 'copy')])
    },
  })
  if (upstream.served.requests > 0) throw new Error(`${upstream.served.requests} requests for nothing`)
  return found
}
