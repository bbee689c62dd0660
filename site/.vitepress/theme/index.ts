import { useData, type Theme } from 'vitepress'
import { enhanceAppWithTabs } from 'vitepress-plugin-tabs/client'
import theme from 'vitepress/theme-without-fonts'
import { h, onMounted, watch, type VNode } from 'vue'

import './style.css'

/** The home page and the page for what was not found come without a main landmark. */
function useMainLandmark(): void {
  const { frontmatter, page } = useData()
  const update = (): void => {
    const needed = frontmatter.value['layout'] === 'home' || page.value.isNotFound === true
    const content = document.querySelector('#VPContent')
    if (needed) content?.setAttribute('role', 'main')
    else content?.removeAttribute('role')
  }
  onMounted(update)
  watch(page, update, { flush: 'post' })
}

const siteTheme: Theme = {
  extends: theme,
  enhanceApp({ app }) {
    enhanceAppWithTabs(app)
  },
  Layout: {
    setup(): () => VNode {
      useMainLandmark()
      return () => h(theme.Layout)
    },
  },
}

export default siteTheme
