export default definePageConfig({ navigationBarTitleText: "单单" });
