import fc from 'fast-check'

/** A parser at a border, what it is fed with, and what must hold of what it accepts. */
export interface Parser {
  readonly name: string
  /** One input that follows from the seed, ready to be parsed. */
  readonly draw: (seed: number) => { readonly shown: string; readonly parse: () => unknown }
  /** Errors besides coded ones that the caller turns into coded ones. */
  readonly mayThrow: readonly (new (
    ...args: never[]
  ) => Error)[]
}

/**
 * @param run parses, and throws {@link WrongAcceptance} where what was accepted is not right
 */
export function parserOf<T extends string | Buffer>(
  name: string,
  input: fc.Arbitrary<T>,
  run: (input: T) => unknown,
  mayThrow: Parser['mayThrow'] = [],
): Parser {
  return {
    name,
    mayThrow,
    draw: (seed) => {
      const [one] = fc.sample(input, { seed, numRuns: 1 }) as [T]
      const shown = typeof one === 'string' ? JSON.stringify(one) : one.toString('base64')
      return { shown, parse: () => run(one) }
    },
  }
}

class WrongAcceptance extends Error {
  override readonly name = 'WrongAcceptance'
}

/** Throws unless `holds`. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new WrongAcceptance(what)
}
