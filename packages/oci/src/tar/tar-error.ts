import type { Text } from '@edgelift/core'

/** What a tar has and must not have, in words that follow "because". */
export class TarError extends Error {
  override readonly name = 'TarError'
  readonly text: Text

  constructor(en: string, zh: string) {
    super(en)
    this.text = { en, zh }
  }
}
