import type { WorkEvent } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { sampleLock } from '../testing/sample.ts'
import type { Need } from './needs.ts'
import { trackTransfers } from './progress.ts'

const [image] = sampleLock.images
const [download] = sampleLock.downloads
if (image === undefined || download === undefined) throw new Error('the sample has images and downloads')
const [first, second] = image.layers
if (first === undefined || second === undefined) throw new Error('the image has two layers')

const NEEDS: Need[] = [
  { kind: 'blob', image, blob: first },
  { kind: 'blob', image, blob: second },
  { kind: 'download', download, parts: download.parts },
]

function track() {
  const told: WorkEvent[] = []
  const progress = trackTransfers((event) => told.push(event))
  return { ...progress, told }
}
const transfer = (id: string, done: number, total: number): WorkEvent => ({
  type: 'transfer',
  id,
  label: id,
  done,
  total,
})
const transferred = (id: string, fetched: number): WorkEvent => ({
  type: 'transferred',
  id,
  label: id,
  fetched,
})
const totals = (told: readonly WorkEvent[]): string[] =>
  told.flatMap((event) =>
    event.type === 'total' ? [`${event.done}/${event.total} ${event.items}/${event.of}`] : [],
  )

describe('the transfers of a build', () => {
  it('sum up, each byte once however often it is told', () => {
    const { begin, report, told } = track()
    begin(NEEDS)
    report(transfer(first.digest, 10_000, 30_000))
    report(transfer(second.digest, 5_000, 10_000))
    report(transfer(first.digest, 30_000, 30_000))
    expect(totals(told)).toEqual(['10000/110000 0/3', '15000/110000 0/3', '35000/110000 0/3'])
  })

  it('never say more than the whole, though a transfer began again', () => {
    const { begin, report, told } = track()
    begin([NEEDS[1] as Need])
    report(transfer('x', 8_000, 10_000))
    report(transfer('y', 8_000, 10_000))
    expect(totals(told).at(-1)).toBe('10000/10000 0/1')
  })

  it('tell an image once it is whole, its blobs marked as parts of it', () => {
    const { begin, report, finished, told } = track()
    begin(NEEDS)
    report(transferred(first.digest, 30_000))
    finished(NEEDS[0] as Need)
    expect(told.filter((event) => event.type === 'transferred')).toMatchObject([
      { part: true, fetched: 30_000 },
    ])
    report(transferred(second.digest, 0))
    finished(NEEDS[1] as Need)
    expect(told.filter((event) => event.type === 'transferred').at(-1)).toEqual({
      type: 'transferred',
      id: `${image.reference} linux/amd64`,
      label: `${image.reference} linux/amd64`,
      fetched: 30_000,
      parts: 2,
    })
    expect(totals(told)).toEqual(['0/110000 1/3', '0/110000 2/3'])
  })

  it('pass on what is no part of an image as it is, and count what came over the network', () => {
    const { begin, report, finished, fetched, told } = track()
    begin(NEEDS)
    report(transferred('elsewhere', 7))
    report(transferred(first.digest, 30_000))
    finished(NEEDS[2] as Need)
    expect(told[0]).toEqual(transferred('elsewhere', 7))
    expect(fetched()).toBe(30_007)
  })

  it('have no total before they begin', () => {
    const { report, told } = track()
    report(transfer('x', 1, 2))
    expect(totals(told)).toEqual([])
  })
})
