// Runs in the reader's browser as a classic script: browsers refuse modules and fetch() in pages opened from a folder.
;(() => {
  const input = document.getElementById('search')
  const list = document.getElementById('found')
  const { root, nothing } = document.body.dataset
  const entries = globalThis.EDGELIFT_SEARCH ?? []

  /** Every word has to be there; titles count more than text. */
  function find(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean)
    if (words.length === 0) return []
    return entries
      .map((entry) => {
        const [title, text] = [`${entry.page} ${entry.title}`.toLowerCase(), entry.text.toLowerCase()]
        const points = words.map((word) => (title.includes(word) ? 10 : text.includes(word) ? 1 : 0))
        return { entry, points: points.includes(0) ? 0 : points.reduce((sum, one) => sum + one, 0) }
      })
      .filter(({ points }) => points > 0)
      .sort((a, b) => b.points - a.points)
      .slice(0, 12)
      .map(({ entry }) => entry)
  }

  function show() {
    const found = find(input.value)
    list.replaceChildren(
      ...found.map(({ page, title, url }) => {
        const link = document.createElement('a')
        link.href = `${root}/${url}`
        link.textContent = page === title ? page : `${page} › ${title}`
        const item = document.createElement('li')
        item.append(link)
        return item
      }),
    )
    if (found.length === 0) {
      const item = document.createElement('li')
      const words = document.createElement('span')
      words.textContent = nothing
      item.append(words)
      list.append(item)
    }
    list.hidden = input.value.trim() === ''
  }

  input.addEventListener('input', show)
  input.addEventListener('keydown', ({ key }) => {
    if (key === 'Enter') list.querySelector('a')?.click()
    if (key === 'Escape') {
      input.value = ''
      show()
    }
  })
  document.addEventListener('click', ({ target }) => {
    if (!target.closest('search')) list.hidden = true
  })
  if (matchMedia('(max-width:900px)').matches) document.querySelector('nav details').open = false
})()
