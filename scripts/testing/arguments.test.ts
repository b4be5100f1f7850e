import { describe, expect, it } from 'vitest'
import { parseArguments } from './arguments.ts'

describe('the arguments of ./scripts/test', () => {
  it('say how much is tested', () => {
    expect(parseArguments([])).toEqual({ kind: 'tests', extent: 'all' })
    expect(parseArguments(['--fast'])).toEqual({ kind: 'tests', extent: 'fast' })
    expect(parseArguments(['--installation'])).toEqual({ kind: 'tests', extent: 'installation' })
    expect(parseArguments(['--campaign', 'fuzz', '--seed=0', '--count', '3'])).toEqual({
      kind: 'campaign',
      name: 'fuzz',
      seed: 0,
      count: 3,
    })
  })

  it.each([
    ['--fast --installation', 'only one of'],
    ['--fast --campaign fuzz', 'only one of'],
    ['--campaign fuzz --seed=', '--seed must be a whole number, not ""'],
    ['--campaign fuzz --count= 5', 'Unexpected argument'],
    ['--campaign fuzz --seed 0x10', '--seed must be a whole number'],
    ['--campaign fuzz --seed 1e3', '--seed must be a whole number'],
    ['--campaign fuzz --seed 9007199254740993', '--seed must be a whole number'],
    ['--campaign fuzz --count 0', '--count must be at least 1'],
    ['--seed 4', '--seed needs --campaign'],
    ['--fsat', 'Unknown option'],
    ['fast', 'Unexpected argument'],
  ])('%s is refused', (line, message) => {
    expect(() => parseArguments(line.split(' '))).toThrow(message)
  })
})
