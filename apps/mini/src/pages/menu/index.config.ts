export default definePageConfig({ navigationBarTitleText: "单单", disableScroll: true });
