// Loaded before the files of users in processes of their own, so that those find what plugins find here.
import { registerPluginModules } from "./module-hooks.ts";

registerPluginModules();
