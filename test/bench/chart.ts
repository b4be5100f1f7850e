import type { Growth } from './growth.ts'
import type { Row } from './measure.ts'

const WIDTH = 760
const LINE = 22
const LEFT = 130
const GREEN = '#2e7d32'
const RED = '#c62828'

/** A bar for each row: its ratio as a share of its goal, which is the line. */
export function drawRows(rows: readonly Row[]): string {
  const scale = (WIDTH - LEFT - 70) / 2 // the goal stands in the middle
  const bars = rows.map(({ id, ratio, goal, ok }, index) => {
    const y = 40 + index * LINE
    const width = Math.min(2, ratio / goal) * scale
    return [
      text(LEFT - 8, y + 12, id, 'end'),
      `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="15" fill="${ok ? GREEN : RED}"/>`,
      text(LEFT + width + 6, y + 12, `${ratio} (goal ${goal})`, 'start'),
    ].join('\n')
  })
  const height = 50 + rows.length * LINE
  const goal = LEFT + scale
  const line = `<line x1="${goal}" y1="30" x2="${goal}" y2="${height - 10}" stroke="#555" stroke-dasharray="4 3"/>`
  return svg(height, [text(goal, 22, 'goal', 'middle'), ...bars, line])
}

/** Time for a gigabyte and the most memory, over the number of images. */
export function drawGrowth(growth: readonly Growth[]): string {
  const height = 260
  const x = (index: number): number => LEFT + (index * (WIDTH - LEFT - 80)) / Math.max(1, growth.length - 1)
  const series = [
    { name: 's per GB', color: GREEN, values: growth.map((one) => (1000 * one.seconds) / one.megabytes) },
    { name: 'memory, MB', color: '#1565c0', values: growth.map((one) => one.memory) },
  ]
  const lines = series.map(({ name, color, values }, number) => {
    const top = Math.max(...values)
    const y = (value: number): number => 200 - (value / top) * 150
    const points = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`)
    const labels = values.map((value, index) =>
      text(x(index), y(value) - 6 + 22 * number, value.toFixed(number === 0 ? 1 : 0), 'middle', color),
    )
    return [
      `<polyline points="${points.join(' ')}" fill="none" stroke="${color}"/>`,
      ...labels,
      text(8, 30 + 20 * number, name, 'start', color),
    ].join('\n')
  })
  const axis = growth.map((one, index) => text(x(index), 225, `${one.images} images`, 'middle'))
  return svg(height, [...lines, ...axis])
}

function text(x: number, y: number, content: string, anchor: string, color = '#222'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${color}">${content}</text>`
}

function svg(height: number, content: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
${content.join('\n')}
</svg>
`
}
