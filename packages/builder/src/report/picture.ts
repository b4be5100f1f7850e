import { formatBytes, type Lang } from '@edgelift/core'
import { displayWidth, fitWidth } from '@edgelift/core/cli'
import type { Inspection } from '../inspect/inspection.ts'
import { KINDS, type Kind, kindOf } from '../inspect/kinds.ts'
import { type Html, html } from './html.ts'
import { type Placed, treemap } from './treemap.ts'

const WIDTH = 1000
const HEIGHT = 420
const GAP = 2
const LETTER = 6.6 // width of a column of the labels' font, in the picture's units
const LEAST = { width: 46, height: 20 } // below this a label cannot be read

interface Tile {
  readonly label: string
  readonly title: string
  readonly weight: number
}

interface Group {
  readonly kind: Kind
  readonly weight: number
  readonly tiles: readonly Tile[]
}

/** Where the bytes are: one rectangle per file, one colour per kind, areas as sizes. */
export function bytesPicture(inspection: Inspection, lang: Lang): Html {
  const groups = groupsOf(inspection)
  const placed = treemap(groups, { x: 0, y: 0, width: WIDTH, height: HEIGHT })
  const label = lang === 'zh' ? '各文件占用的空间' : 'How the bytes are spread over the files'
  return html`<svg class="picture" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
${placed.flatMap(drawGroup)}</svg>`
}

/** The kinds with their colours, sums and shares. */
export function bytesLegend(inspection: Inspection, lang: Lang): Html {
  const total = inspection.kinds.reduce((sum, one) => sum + one.bytes, 0)
  const rows = [...inspection.kinds]
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ kind, files, bytes }) => {
      const percent = total === 0 ? 0 : (100 * bytes) / total
      return html`<tr><td><i class="swatch ${kind}"></i>${KINDS[kind][lang]}</td><td class="number">${files}</td>
<td class="number">${formatBytes(bytes)}</td><td class="share"><span class="${kind}" style="width:${percent.toFixed(2)}%"></span></td>
<td class="number">${percent < 0.05 ? '<0.1' : percent.toFixed(1)} %</td></tr>
`
    })
  return html`<table class="legend"><tbody>
${rows}</tbody></table>`
}

function groupsOf({ verified }: Inspection): Group[] {
  const tiles = new Map<Kind, Tile[]>()
  for (const file of verified.manifest.files) {
    const kind = kindOf(file)
    const reference = file.origin.kind === 'image' ? file.origin.reference : file.path
    const label = reference.slice(reference.lastIndexOf('/') + 1)
    const tile = { label, title: `${reference} · ${formatBytes(file.size)}`, weight: file.size }
    tiles.set(kind, [...(tiles.get(kind) ?? []), tile])
  }
  return [...tiles].map(([kind, list]) => ({
    kind,
    tiles: list,
    weight: list.reduce((sum, tile) => sum + tile.weight, 0),
  }))
}

function drawGroup(group: Placed<Group>): Html[] {
  return treemap(group.item.tiles, group).map((tile) => drawTile(tile, group.item.kind))
}

function drawTile({ item, x, y, width, height }: Placed<Tile>, kind: Kind): Html {
  const [w, h] = [Math.max(0.5, width - GAP), Math.max(0.5, height - GAP)]
  const columns = Math.floor((w - 14) / LETTER)
  const fits = w >= LEAST.width && h >= LEAST.height && columns >= 5
  const size = item.title.slice(item.title.lastIndexOf('·') + 2)
  const lines = fits
    ? [
        html`<text x="${round(x + 7)}" y="${round(y + 16)}">${fitWidth(item.label, columns)}</text>`,
        ...(h >= 38 && displayWidth(size) <= columns
          ? [html`<text class="size" x="${round(x + 7)}" y="${round(y + 31)}">${size}</text>`]
          : []),
      ]
    : []
  return html`<g class="${kind}"><title>${item.title}</title><rect x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}" rx="3"/>${lines}</g>
`
}

function round(value: number): string {
  return value.toFixed(1)
}
