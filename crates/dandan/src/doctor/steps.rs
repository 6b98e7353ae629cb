//! What the steps are called.

use pay::diagnose::Step;

/// English, then Chinese.
pub fn name(step: Step) -> [&'static str; 2] {
    match step {
        Step::Config => ["Configuration", "配置文件"],
        Step::World => ["Real or simulated", "真实或模拟"],
        Step::MerchantKey => ["Merchant API key", "商户 API 私钥"],
        Step::MerchantSerial => ["Merchant certificate serial", "商户证书序列号"],
        Step::ApiV3Key => ["APIv3 key", "APIv3 密钥"],
        Step::PlatformKey => ["WeChat Pay's key", "微信支付公钥/平台证书"],
        Step::V2Key => ["APIv2 key", "APIv2 密钥"],
        Step::ClientKey => ["Merchant certificate and key", "商户证书与私钥"],
        Step::AppSecret => ["AppSecret", "小程序密钥"],
        Step::AppKey => ["Application key", "应用私钥"],
        Step::AlipayKey => ["Alipay's key", "支付宝公钥"],
        Step::Settings => ["Settings", "设置"],
        Step::Host => ["Channel reached", "渠道连接"],
        Step::Standby => ["Standby reached", "备用域名连接"],
        Step::Clock => ["Clock", "时钟"],
        Step::RequestSignature => ["Our signature", "请求签名"],
        Step::AnswerSignature => ["The channel's signature", "应答验签"],
        Step::Certificates => ["Platform certificates", "平台证书下载"],
        Step::Binding => ["appid and mchid", "appid 与商户号绑定"],
        Step::RefundQuery => ["Refund queries", "退款查询权限"],
        Step::Bills => ["Bills", "对账单权限"],
        Step::CodePay => ["Code payment", "付款码支付"],
        Step::V2Signature => ["APIv2 signature", "APIv2 签名"],
        Step::ClientCertificate => ["Certificate shown", "双向证书"],
        Step::SignIn => ["Sign-in", "小程序登录"],
        Step::NotifyAddress => ["Notice address", "通知地址"],
        Step::NotifyAnswer => ["Notice answer", "通知应答"],
    }
}
