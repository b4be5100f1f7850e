/** A rectangle of the picture, in its own units. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Weighted {
  readonly weight: number
}

export interface Placed<T> extends Box {
  readonly item: T
}

/**
 * Lays items out as rectangles whose areas are as their weights, as near to squares as can be (Bruls, Huizing, van
 * Wijk: "Squarified Treemaps", 2000). Items without weight are left out; the largest stands first.
 */
export function treemap<T extends Weighted>(items: readonly T[], box: Box): Placed<T>[] {
  const sorted = items.filter((item) => item.weight > 0).sort((a, b) => b.weight - a.weight)
  const total = sorted.reduce((sum, item) => sum + item.weight, 0)
  if (total === 0 || box.width <= 0 || box.height <= 0) return []
  const scale = (box.width * box.height) / total
  const placed: Placed<T>[] = []
  let rest = box
  let row: T[] = []
  for (const item of sorted) {
    const side = Math.min(rest.width, rest.height)
    if (row.length > 0 && worst([...row, item], side, scale) > worst(row, side, scale)) {
      rest = layRow(row, { rest, scale, placed })
      row = []
    }
    row.push(item)
  }
  layRow(row, { rest, scale, placed })
  return placed
}

/** The worst ratio of sides in a row that is laid along `side`. */
function worst(row: readonly Weighted[], side: number, scale: number): number {
  const areas = row.map((item) => item.weight * scale)
  const sum = areas.reduce((total, area) => total + area, 0)
  const [least, most] = [Math.min(...areas), Math.max(...areas)]
  return Math.max((side * side * most) / (sum * sum), (sum * sum) / (side * side * least))
}

/** Lays one row along the shorter side; returns what is left of the box. */
function layRow<T extends Weighted>(
  row: readonly T[],
  { rest, scale, placed }: { rest: Box; scale: number; placed: Placed<T>[] },
): Box {
  const area = row.reduce((sum, item) => sum + item.weight * scale, 0)
  const standing = rest.width >= rest.height
  const depth = area / (standing ? rest.height : rest.width)
  let at = standing ? rest.y : rest.x
  for (const item of row) {
    const length = (item.weight * scale) / depth
    placed.push(
      standing
        ? { item, x: rest.x, y: at, width: depth, height: length }
        : { item, x: at, y: rest.y, width: length, height: depth },
    )
    at += length
  }
  return standing
    ? { x: rest.x + depth, y: rest.y, width: rest.width - depth, height: rest.height }
    : { x: rest.x, y: rest.y + depth, width: rest.width, height: rest.height - depth }
}
