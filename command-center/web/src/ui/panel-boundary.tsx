import { Component, type ReactNode } from 'react'
import { WordsContext } from '../i18n/translate.ts'

interface Props {
  readonly children: ReactNode
  readonly className?: string
  /** Instead of another try with the same code. */
  onRetry?(): void
}

/** Keeps a failing panel from taking the others with it. */
export class PanelBoundary extends Component<Props, { failed: boolean }> {
  static override contextType = WordsContext
  declare context: React.ContextType<typeof WordsContext>
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    const { t } = this.context
    return (
      <div className={`panel-state ${this.props.className ?? ''}`} role="alert">
        <b>{t('state.panelFailed')}</b>
        <button type="button" className="btn" onClick={this.props.onRetry ?? (() => this.setState({ failed: false }))}>
          {t('state.retry')}
        </button>
      </div>
    )
  }
}
