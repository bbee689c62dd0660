import { render } from 'preact'

import { EmulatorApp } from './emulator-app.tsx'
import { InspectorApp } from './inspector-app.tsx'
import './styles/base.css'
import './styles/parts.css'
import './styles/views.css'
import './styles/playground.css'

const place = document.querySelector('#portal')
if (place !== null) {
  const isAlone = document.documentElement.dataset['mode'] === 'inspector'
  render(isAlone ? <InspectorApp /> : <EmulatorApp />, place)
}
