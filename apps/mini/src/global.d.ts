/** Build-time constants, see `config/index.ts`. */
declare const API_ORIGIN: string;
declare const DEFAULT_STORE: string;

declare module "*.css";

declare namespace NodeJS {
  interface ProcessEnv {
    TARO_ENV: "weapp" | "alipay" | "h5";
    NODE_ENV: "development" | "production";
  }
}
