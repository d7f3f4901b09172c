import { Download, Search } from 'lucide-react'
import { useId, useState } from 'react'
import { useWords } from '../../i18n/translate.ts'
import { Dialog, DialogHead } from '../../ui/dialog.tsx'
import { Check, Choice, Field, Pick, SearchField, Switch } from '../../ui/fields.tsx'
import { ICON } from '../../ui/icon.ts'
import { Tabs } from '../../ui/tabs.tsx'
import { Sample } from './sample.tsx'

const nothing = () => undefined

export function ControlSamples() {
  const { t } = useWords()
  return (
    <>
      <Sample title={t('gallery.buttons')}>
        <div className="row-of-samples">
          <button type="button" className="btn primary">
            {t('people.save')} <kbd>S</kbd>
          </button>
          <button type="button" className="btn">
            {t('people.cancel')}
          </button>
          <button type="button" className="btn" aria-pressed="true">
            {t('settings.system.traffic')}
          </button>
          <button type="button" className="btn quiet">
            <Download {...ICON} />
            {t('gallery.download')}
          </button>
          <button type="button" className="btn" disabled>
            {t('people.save')}
          </button>
          <button type="button" className="btn as-focused">
            {t('gallery.focused')}
          </button>
          <button type="button" className="btn quiet" aria-label={t('gallery.search')}>
            <Search {...ICON} />
          </button>
          <button type="button" className="link">
            {t('gallery.link')}
          </button>
        </div>
      </Sample>
      <Sample title={t('gallery.fields')}>
        <Fields />
      </Sample>
      <Sample title={t('gallery.choices')}>
        <Choices />
      </Sample>
      <Sample title={t('gallery.dialog')}>
        <Dialogs />
      </Sample>
    </>
  )
}

function Fields() {
  const { t } = useWords()
  return (
    <div className="columns-of-samples">
      <Field label={t('people.name')} value={t('gallery.name')} onChange={nothing} />
      <Field label={t('login.user')} value="" code hint={t('people.userHint')} onChange={nothing} />
      <Field label={t('login.user')} value="Omar" code fault={t('people.userHint')} onChange={nothing} />
      <Field label={t('people.name')} value={t('gallery.name')} disabled onChange={nothing} />
      <SearchField label={t('devices.search')} value="" onChange={nothing} />
      <Choice
        label={t('people.role')}
        value="operator"
        hint={t('role.operator.may')}
        options={[
          ['operator', t('role.operator')],
          ['viewer', t('role.viewer')],
        ]}
        onChange={nothing}
      />
    </div>
  )
}

function Choices() {
  const { t } = useWords()
  const [tab, setTab] = useState<'one' | 'two'>('one')
  return (
    <>
      <div className="row-of-samples">
        <Check checked={false} onChange={nothing}>
          {t('gallery.off')}
        </Check>
        <Check checked onChange={nothing}>
          {t('gallery.on')}
        </Check>
        <Check checked disabled onChange={nothing}>
          {t('gallery.disabled')}
        </Check>
        <Switch checked={false} onChange={nothing}>
          {t('gallery.off')}
        </Switch>
        <Switch checked onChange={nothing}>
          {t('gallery.on')}
        </Switch>
        <Switch checked={false} disabled onChange={nothing}>
          {t('gallery.disabled')}
        </Switch>
      </div>
      <Pick
        label={t('settings.theme')}
        value="light"
        options={[
          ['light', t('settings.theme.light')],
          ['dark', t('settings.theme.dark')],
        ]}
        onChange={nothing}
      />
      <Tabs
        label={t('list.choose')}
        shown={tab}
        tabs={[
          ['one', t('list.attention')],
          ['two', t('list.events')],
        ]}
        onShow={setTab}
      />
    </>
  )
}

/** As it stands over a screen, here without being in the way; and the real one behind a button. */
function Dialogs() {
  const { t } = useWords()
  const [open, setOpen] = useState(false)
  const id = useId()
  return (
    <>
      <dialog open aria-labelledby={id}>
        <DialogHead id={id} title={t('people.add')} onClose={nothing} />
        <p className="sample-text">{t('people.intro')}</p>
      </dialog>
      <button type="button" className="btn" onClick={() => setOpen(true)}>
        {t('gallery.open')}
      </button>
      {open && (
        <Dialog title={t('people.add')} onClose={() => setOpen(false)}>
          <p className="sample-text">{t('people.intro')}</p>
        </Dialog>
      )}
    </>
  )
}
