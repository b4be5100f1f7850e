/** Something that sleeps until it is woken. */
export interface Waker {
  readonly wake: () => void
  /** Returns when it is woken, or was since the last call; after so many milliseconds; when the signal aborts. */
  readonly wait: (milliseconds: number | undefined) => Promise<void>
}

export function newWaker(signal: AbortSignal): Waker {
  let isWoken = false
  let rouse = () => {}
  const wake = () => {
    isWoken = true
    rouse()
  }
  signal.addEventListener('abort', wake, { once: true })
  return {
    wake,
    async wait(milliseconds) {
      if (!isWoken && !signal.aborted) {
        let timer: NodeJS.Timeout | undefined
        await new Promise<void>((resolve) => {
          rouse = resolve
          if (milliseconds !== undefined) timer = setTimeout(resolve, milliseconds)
        })
        clearTimeout(timer)
      }
      isWoken = false
    },
  }
}
