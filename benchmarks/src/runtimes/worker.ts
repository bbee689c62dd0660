import { portableContestants } from '../portable.ts'
import { serve } from './serve.ts'

export default serve(portableContestants)
