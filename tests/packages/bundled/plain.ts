import 'reflect-metadata'

import { serve } from './api.ts'

void serve()
