import { EdgeliftError, EXIT, silent } from '@edgelift/core'
import { formatReference, type Reference, type Store } from '@edgelift/oci'
import { expect, it } from 'vitest'
import { failedItems } from '../failed-items.ts'
import { itemRunner } from '../item-runner.ts'
import type { PhaseContext } from './context.ts'
import { resolveAll } from './lock-images.ts'

const CODES = { down: 'TRANSFER_FAILED', untrusted: 'TLS_UNTRUSTED', absent: 'REGISTRY_NOT_FOUND' } as const

it('names every image that cannot be had in one run: those that fail, and those that are not published', async () => {
  const items = itemRunner()
  const resolveImages = async (ref: Reference) => {
    const name = ref.repository.split('/').at(-1) as keyof typeof CODES
    const what = formatReference(ref)
    throw new EdgeliftError(CODES[name], EXIT.failed, { what, because: 'why', fix: 'how' })
  }
  const context = {
    ...{ items, report: silent, concurrency: 1, registry: { resolveImages }, store: {} as Store },
  } as unknown as PhaseContext
  const wanted = Object.keys(CODES).map((name) => ({
    reference: `registry.example/${name}:1`,
    platforms: new Set(['linux/amd64' as const]),
    ids: new Set([`images.${name}`]),
  }))
  const { findings } = await resolveAll(wanted, context)
  const outcome = { en: 'no lock was written', zh: '未生成锁定文件' }
  const { error } = JSON.parse(
    JSON.stringify({ error: failedItems(items.failures, { subject: 'r', outcome, findings }) }),
  )
  expect(error.findings).toMatchObject([
    { code: 'IMAGE_PHANTOM', where: 'images.absent' },
    { code: 'TRANSFER_FAILED', where: 'images.down registry.example/down:1', cause: 'why', fix: 'how' },
    {
      code: 'TLS_UNTRUSTED',
      where: 'images.untrusted registry.example/untrusted:1',
      cause: 'why',
      fix: 'how',
    },
  ])
})

it('says of an image that cannot be packed what can be done', async () => {
  const resolveImages = async () => {
    const because = { en: 'it is foreign', zh: '外部层' }
    const fix = { en: 'take another one', zh: '请改用其他镜像' }
    throw new EdgeliftError('MEDIA_TYPE_REFUSED', EXIT.failed, { what: 'x', because, fix })
  }
  const context = {
    ...{
      items: itemRunner(),
      report: silent,
      concurrency: 1,
      registry: { resolveImages },
      store: {} as Store,
    },
  } as unknown as PhaseContext
  const image = {
    reference: 'registry.example/a:1',
    platforms: new Set(['linux/amd64' as const]),
    ids: new Set(['images.a']),
  }
  const { findings } = await resolveAll([image], context)
  expect(findings).toMatchObject([
    {
      code: 'IMAGE_UNUSABLE',
      text: {
        en: expect.stringMatching(/\(it is foreign\): take another one$/),
        zh: expect.stringContaining('请改用其他镜像'),
      },
    },
  ])
})
