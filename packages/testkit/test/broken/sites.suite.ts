import { describeDataSource } from '../../src/index.ts'
import { describeBroken, siteFacts } from './facts.ts'
import { brokenSites, site } from './site-sources.ts'

describeDataSource(site, siteFacts())
describeBroken(brokenSites, siteFacts)
