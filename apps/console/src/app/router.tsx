import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type NavigateOptions,
  redirect,
  type ToOptions,
} from '@tanstack/react-router'
import { takePlace } from '../authorizations/attempts.ts'
import { Skeleton } from '../ui/states.tsx'
import { Crashed } from './crash.tsx'
import { NotFound } from './not-found.tsx'
import { SettingsLayout } from './settings-layout.tsx'
import { Shell } from './shell.tsx'

/*
 * Every page of the console. Each is loaded when it is gone to: a room exports its page by name, and a line here names it.
 */
const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Crashed })

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    // After an authorization that went through this tab, back to where it was begun.
    throw redirect({ to: takePlace() ?? '/settings/data-sources', replace: true })
  },
})

const settings = createRoute({ getParentRoute: () => root, path: '/settings', component: SettingsLayout })
const settingsIndex = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/settings/data-sources', replace: true })
  },
})
const dataSources = createRoute({
  getParentRoute: () => settings,
  path: '/data-sources',
  component: lazyRouteComponent(() => import('../data-sources/data-sources-page.tsx'), 'DataSourcesPage'),
})
const members = createRoute({
  getParentRoute: () => settings,
  path: '/members',
  component: lazyRouteComponent(() => import('../people/members-page.tsx'), 'MembersPage'),
})
const tokens = createRoute({
  getParentRoute: () => settings,
  path: '/tokens',
  component: lazyRouteComponent(() => import('../tokens/tokens-page.tsx'), 'TokensPage'),
})

const connection = createRoute({
  getParentRoute: () => root,
  path: '/connections/$connectionId',
  component: lazyRouteComponent(() => import('../connections/connection-page.tsx'), 'ConnectionPage'),
})

const pipelines = createRoute({
  getParentRoute: () => root,
  path: '/pipelines',
  component: lazyRouteComponent(() => import('../pipelines/pipelines-page.tsx'), 'PipelinesPage'),
})
const pipeline = createRoute({
  getParentRoute: () => root,
  path: '/pipelines/$pipelineId',
  // The node whose panel is open, and how the nodes are shown: a link leads to what its sender sees.
  validateSearch: ({ node, view }): { node?: string; view?: 'canvas' | 'list' } => ({
    ...(typeof node === 'string' || typeof node === 'number' ? { node: String(node) } : {}),
    ...(view === 'canvas' || view === 'list' ? { view } : {}),
  }),
  component: lazyRouteComponent(() => import('../pipelines/pipeline-page.tsx'), 'PipelinePage'),
})

const health = createRoute({
  getParentRoute: () => root,
  path: '/health',
  component: lazyRouteComponent(() => import('../health/health-page.tsx'), 'HealthPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    index,
    settings.addChildren([settingsIndex, dataSources, members, tokens]),
    connection,
    pipelines,
    pipeline,
    health,
  ]),
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Skeleton lines={4} />,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

declare module 'react-aria-components' {
  interface RouterConfig {
    href: string
    routerOptions: Omit<NavigateOptions, keyof ToOptions>
  }
}
