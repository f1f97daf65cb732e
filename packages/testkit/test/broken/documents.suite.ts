import { describeDataSource } from '../../src/index.ts'
import { brokenDocuments, documents } from './document-sources.ts'
import { describeBroken, documentFacts } from './facts.ts'

describeDataSource(documents, documentFacts(documents.id))
describeBroken(brokenDocuments, documentFacts)
