interface Props {
  readonly title: string
  readonly text: string
  readonly action?: { readonly words: string; act(): void }
}

/** Instead of a screen: what is, and where to go from here. */
export function Notice({ title, text, action }: Props) {
  return (
    <main className="screen" tabIndex={-1}>
      <div className="panel-state">
        <h1 tabIndex={-1}>{title}</h1>
        <p className="soft">{text}</p>
        {action && (
          <button type="button" className="btn" onClick={action.act}>
            {action.words}
          </button>
        )}
      </div>
    </main>
  )
}
