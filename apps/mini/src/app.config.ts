export default defineAppConfig({
  pages: ["pages/enter/index", "pages/menu/index", "pages/review/index", "pages/status/index", "pages/pay/index"],
  lazyCodeLoading: "requiredComponents",
  window: {
    navigationBarBackgroundColor: "#fbf5ec",
    navigationBarTextStyle: "black",
    navigationBarTitleText: "单单",
    backgroundColor: "#fbf5ec",
    backgroundTextStyle: "dark",
  },
});
