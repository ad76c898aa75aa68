#!/usr/bin/env node
'use strict';
require('../dist/harness/cli/main.js');
