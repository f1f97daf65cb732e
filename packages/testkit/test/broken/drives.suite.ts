import { describeDataSource } from '../../src/index.ts'
import { brokenDrives, drive } from './drive-sources.ts'
import { describeBroken, driveFacts } from './facts.ts'

describeDataSource(drive, driveFacts())
describeBroken(brokenDrives, driveFacts)
