// The program that `cdk` runs: one stack from the context that was given.
import * as cdk from 'aws-cdk-lib';
import { readSettings } from './lib/settings';
import { FreshetStack } from './lib/stack';

const app = new cdk.App();
try {
  const settings = readSettings((name) => app.node.tryGetContext(name));
  new FreshetStack(app, settings.stackName, settings);
} catch (error) {
  console.error(`freshet: ${(error as Error).message}`);
  process.exit(2);
}
