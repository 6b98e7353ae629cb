//! What a finding says, in two languages, and what to do next. One flat table: a new finding does not compile without words.

use pay::diagnose::What;

/// A finding's words.
pub struct Words {
    pub en: &'static str,
    pub zh: &'static str,
    pub next_en: &'static str,
    pub next_zh: &'static str,
}

const fn good(en: &'static str, zh: &'static str) -> Words {
    Words { en, zh, next_en: "", next_zh: "" }
}

const fn todo(en: &'static str, zh: &'static str, next_en: &'static str, next_zh: &'static str) -> Words {
    Words { en, zh, next_en, next_zh }
}

/// The words of a finding.
pub fn of(what: What) -> Words {
    match what {
        What::ConfigRead => good("read", "已读取"),
        What::SimulatorWorld => good("everything belongs to the simulator; no real money", "全部为模拟渠道，不涉及真实资金"),
        What::RealWorld => good("everything belongs to real channels", "全部为真实渠道"),
        What::KeyRight => good("right kind, closed to others", "类型正确，权限为 0600"),
        What::SerialMatches => {
            good("the serial is the certificate's, and the key belongs to it", "序列号与证书一致，私钥与证书配对")
        }
        What::SecretReadable => good("readable", "可读取"),
        What::PlatformKeyRight => good("a public key, and not one of yours", "是公钥，且不是您自己的"),
        What::Reached => good("reached", "可以连接"),
        What::ClockRight => good("together with the channel's", "与渠道时间一致"),
        What::RequestAccepted => good("accepted by the channel", "渠道已验签通过"),
        What::AnswerVerified => good("verified", "验签通过"),
        What::CertificatesOpened => good("fetched and opened: the APIv3 key is right", "已下载并解密，APIv3 密钥正确"),
        What::BindingRight => good("the channel knows them together", "渠道确认绑定关系"),
        What::Allowed => good("allowed", "有权限"),
        What::V2KeyRight => good("accepted and verified: the APIv2 key is right", "签名与验签通过，APIv2 密钥正确"),
        What::ClientCertificateShown => good("the channel took the certificate", "渠道接受了商户证书"),
        What::SignInRight => good("appid and AppSecret are right", "appid 与 AppSecret 正确"),
        What::NotifyAddressRight => good("of the form channels accept", "格式符合渠道要求"),
        What::NotifyAnswered => good("a notice without signature is turned away by Dandan", "无签名的通知已被本系统拒绝"),
        What::ClockDrifts => todo(
            "this machine's clock is over a minute off",
            "本机时钟偏差超过 1 分钟",
            "turn time synchronisation (NTP) on; from 5 minutes on nothing works",
            "请开启时间同步（NTP）；偏差达 5 分钟时所有请求都会失败",
        ),
        What::NoCertificatesForUs => todo(
            "the channel hands out no certificates to this merchant",
            "渠道不向此商户提供平台证书",
            "a merchant on WeChat Pay public keys has none: set certificates = false and list PUB_KEY_ID_… in verify_keys",
            "使用微信支付公钥的商户没有平台证书：设 certificates = false，并在 verify_keys 中填写 PUB_KEY_ID_…",
        ),
        What::ConfigUnreadable => todo(
            "the file is missing or has a mistake",
            "文件不存在或有错误",
            "name it with --config, or put it into the data folder as payments.toml; see docs/guide/payments-setup.md",
            "用 --config 指定，或放在数据目录并命名为 payments.toml；见 docs/guide/payments-setup.md",
        ),
        What::NoChannel => todo(
            "no channel is configured: only cash would be taken",
            "没有配置任何渠道：只能收现金",
            "add a [wechat] or an [alipay] section",
            "请添加 [wechat] 或 [alipay] 配置",
        ),
        What::Mixed => todo(
            "real and simulated settings are mixed",
            "真实与模拟的设置混在一起",
            "set simulator = false and use your own numbers, keys and the real addresses; never give the simulator real ones",
            "设 simulator = false，并使用自己的商户号、密钥和真实地址；切勿把真实密钥交给模拟器",
        ),
        What::ConfigRefused => {
            todo("a setting is refused", "设置被拒绝", "correct the setting that is named", "请更正所指的设置")
        }
        What::KeyMissing => todo(
            "the file can't be read",
            "无法读取文件",
            "check the path (relative to the configuration file) and that the server's user owns the file",
            "检查路径（相对于配置文件）以及文件是否属于运行服务的用户",
        ),
        What::KeyTooOpen => todo(
            "others on this machine can read the file",
            "本机其他用户可以读取此文件",
            "run chmod 600 on it, and replace the key if somebody may have read it",
            "执行 chmod 600；若可能已被他人读取，请更换密钥",
        ),
        What::EnvMissing => todo(
            "the environment has no such variable",
            "环境变量不存在",
            "set it for the server's user, and for this command",
            "请为服务进程和本命令设置该变量",
        ),
        What::PublicForPrivate => todo(
            "this is a public key; a private one belongs here",
            "这里是公钥，应为私钥",
            "name the private key (apiclient_key.pem; for Alipay the application private key)",
            "请填写私钥文件（apiclient_key.pem；支付宝为应用私钥）",
        ),
        What::CertificateForPrivate => todo(
            "this is a certificate; a private key belongs here",
            "这里是证书，应为私钥",
            "name apiclient_key.pem, not apiclient_cert.pem",
            "请填写 apiclient_key.pem，而不是 apiclient_cert.pem",
        ),
        What::EncryptedKey => todo(
            "the private key is encrypted with a password",
            "私钥带有密码加密",
            "write it without: openssl pkey -in KEY -out NEWKEY, then chmod 600",
            "去除密码：openssl pkey -in KEY -out NEWKEY，然后 chmod 600",
        ),
        What::NotAnRsaKey => todo(
            "this is no RSA key of 2048 bits or more",
            "不是 2048 位以上的 RSA 密钥",
            "use the PEM file as downloaded (PKCS#8, PKCS#1 or bare base64)",
            "请使用下载得到的 PEM 文件（PKCS#8、PKCS#1 或纯 base64）",
        ),
        What::PrivateForPublic => todo(
            "this is a private key; the channel's public key belongs here",
            "这里是私钥，应为渠道的公钥",
            "name the public key downloaded from the channel; a private key never leaves its own file",
            "请填写从渠道下载的公钥；私钥不应放在这里",
        ),
        What::NoPlatformKey => todo(
            "no key of WeChat Pay's is named: no answer could be believed",
            "没有填写微信支付的公钥：无法验签",
            "download the WeChat Pay public key and add it to verify_keys with its PUB_KEY_ID_…",
            "请下载微信支付公钥，连同 PUB_KEY_ID_… 填入 verify_keys",
        ),
        What::MerchantCertificateForPlatform => todo(
            "this is your own merchant certificate or key, not WeChat Pay's",
            "这是您自己的商户证书或公钥，不是微信支付的",
            "use the WeChat Pay public key (merchant platform → API security) or a platform certificate; never apiclient_cert.pem",
            "请使用微信支付公钥（商户平台 → API 安全）或平台证书，不要用 apiclient_cert.pem",
        ),
        What::MerchantSerialForPlatform => todo(
            "this is your merchant certificate's serial, not that of a WeChat Pay key",
            "这是商户证书的序列号，不是微信支付公钥 ID 或平台证书序列号",
            "write the PUB_KEY_ID_… shown beside the WeChat Pay public key",
            "请填写微信支付公钥旁显示的 PUB_KEY_ID_…",
        ),
        What::PlatformSerialWrong => todo(
            "the serial is not this key's",
            "序列号与此公钥或证书不符",
            "a public key goes under its PUB_KEY_ID_…, a platform certificate under its own serial",
            "公钥填 PUB_KEY_ID_…，平台证书填证书自己的序列号",
        ),
        What::PlatformSerialForMerchant => todo(
            "this is WeChat Pay's key id; your certificate's serial belongs here",
            "这是微信支付公钥 ID，应填商户证书序列号",
            "copy the serial shown with your API certificate (merchant platform → API security)",
            "请填写商户平台 → API 安全中商户 API 证书的序列号",
        ),
        What::MerchantSerialWrong => todo(
            "the serial is not the merchant certificate's",
            "序列号与商户证书不符",
            "copy it anew: openssl x509 -in apiclient_cert.pem -noout -serial",
            "请重新填写：openssl x509 -in apiclient_cert.pem -noout -serial",
        ),
        What::KeyNotCertificates => todo(
            "the private key does not belong to the merchant certificate",
            "私钥与商户证书不是一对",
            "use apiclient_key.pem and apiclient_cert.pem of the same download",
            "请使用同一次下载的 apiclient_key.pem 和 apiclient_cert.pem",
        ),
        What::NotACertificate => {
            todo("the file holds no certificate", "文件不是证书", "name apiclient_cert.pem", "请填写 apiclient_cert.pem")
        }
        What::CertificateWithoutKey => todo(
            "API v2 needs the merchant certificate and its key",
            "APIv2 需要商户证书和私钥",
            "set client_cert_pem and client_key_pem: reverses (撤销) don't work without",
            "请设置 client_cert_pem 和 client_key_pem，否则无法撤销",
        ),
        What::ApiV3KeyLength => todo(
            "the APIv3 key must have 32 characters; the number is how many it has",
            "APIv3 密钥必须为 32 个字符；所示为实际长度",
            "copy it whole; if it is lost, set a new one (merchant platform → API security → APIv3)",
            "请完整复制；若已遗失，请在商户平台 → API 安全重新设置 APIv3 密钥",
        ),
        What::V2KeyLength => todo(
            "the APIv2 key must have 32 characters; the number is how many it has",
            "APIv2 密钥必须为 32 个字符；所示为实际长度",
            "copy it whole; it is set apart from the APIv3 key",
            "请完整复制；它与 APIv3 密钥分别设置",
        ),
        What::V2Missing => todo(
            "code_pay is v2, but there is no [wechat.v2]",
            "code_pay 为 v2，但没有 [wechat.v2]",
            "add [wechat.v2], or set code_pay = \"v3\" if the channel granted it",
            "请添加 [wechat.v2]；若已开通 v3 付款码，可设 code_pay = \"v3\"",
        ),
        What::OwnKeyForAlipay => todo(
            "this is your application's public key, not Alipay's",
            "这是应用公钥，不是支付宝公钥",
            "copy the Alipay public key (open platform → application → interface signing → view Alipay public key)",
            "请复制支付宝公钥（开放平台 → 应用 → 接口加签方式 → 查看支付宝公钥）",
        ),
        What::NoAddress => todo(
            "the host's name is not found",
            "无法解析域名",
            "check the address and this machine's DNS",
            "请检查地址和本机 DNS",
        ),
        What::NoConnection => todo(
            "the host can't be connected to",
            "无法连接到主机",
            "check the network and the firewall: outgoing port 443 must be open",
            "请检查网络和防火墙：需放行出站 443 端口",
        ),
        What::TlsFailed => todo(
            "the connection is there, but TLS fails",
            "可以连接，但 TLS 握手失败",
            "check the clock, the system's root certificates, and whether a proxy intercepts the connection",
            "请检查时钟、系统根证书，以及是否有代理拦截",
        ),
        What::NoAnswer => todo(
            "no answer",
            "没有收到应答",
            "try again; if it stays, check the network, then ask the channel",
            "请重试；若持续，请检查网络后联系渠道",
        ),
        What::ClockWrong => todo(
            "the clock is 5 minutes or more off, so signatures are refused",
            "时钟偏差达 5 分钟，签名会被拒绝",
            "set the clock and turn time synchronisation (NTP) on; check the time zone as well",
            "请校准时钟并开启时间同步（NTP），同时检查时区",
        ),
        What::MerchantUnknown => todo(
            "the channel does not know the merchant number, or not with this key",
            "渠道不认识该商户号，或商户号与密钥不符",
            "check mch_id, and that key and serial belong to this merchant",
            "请检查 mch_id，并确认私钥和序列号属于该商户",
        ),
        What::MerchantSerialRefused => todo(
            "the channel refuses the certificate serial",
            "渠道拒绝了商户证书序列号",
            "copy merchant_serial from the merchant platform; a certificate that was replaced is no longer valid",
            "请从商户平台复制 merchant_serial；已更换的证书不再有效",
        ),
        What::SignatureRefused => todo(
            "the channel refuses our signature: most likely the private key is not that of this serial",
            "渠道拒绝了签名：最可能是私钥与序列号不匹配",
            "take apiclient_key.pem and the serial from the same certificate, and check mch_id",
            "请使用同一证书的 apiclient_key.pem 与序列号，并检查 mch_id",
        ),
        What::Unexpected => todo(
            "the channel answered something unexpected",
            "渠道返回了意外的应答",
            "look the code up, or give the Request-ID to the channel's support",
            "请查询错误码，或将 Request-ID 提供给渠道客服",
        ),
        What::AnswerForged => todo(
            "an answer's signature is not that of the key it names",
            "应答签名与所标明的公钥不符",
            "download that key again; if it is right, something between you and the channel changes answers",
            "请重新下载该公钥；若公钥无误，则中间环节改动了应答",
        ),
        What::UnknownSerial => todo(
            "the channel signs with a key that is not configured",
            "渠道使用了未配置的公钥签名",
            "download the key or certificate with this serial and add it to verify_keys, beside the others",
            "请下载该序列号的公钥或证书，加入 verify_keys，与原有的并存",
        ),
        What::ApiV3KeyWrong => todo(
            "the APIv3 key does not open what the channel sealed",
            "APIv3 密钥无法解密渠道的数据",
            "it is not the key that is set at the channel: copy it again or set a new one. Notices can't be read until then",
            "与渠道所设的密钥不一致：请重新复制或重新设置，否则无法读取支付通知",
        ),
        What::NotAllowed => todo(
            "the channel does not allow this to the merchant",
            "渠道未授予此权限",
            "apply for the product or permission on the merchant platform (Alipay: sign the product for the application)",
            "请在商户平台开通产品或权限（支付宝：为应用签约产品）",
        ),
        What::AppNotBound => todo(
            "appid and mchid are not bound to one another",
            "appid 与商户号未绑定",
            "bind them: merchant platform → product centre → AppID accounts",
            "请绑定：商户平台 → 产品中心 → AppID 账号管理",
        ),
        What::AppUnknown => todo(
            "the channel does not know the application id",
            "渠道不认识该应用 ID",
            "copy app_id again, and check that the application is online",
            "请重新复制 app_id，并确认应用已上线",
        ),
        What::AppSecretWrong => todo(
            "the AppSecret is not this application's",
            "AppSecret 与应用不符",
            "copy or reset it (mini-program console → development settings)",
            "请重新复制或重置（小程序后台 → 开发设置）",
        ),
        What::V2KeyWrong => todo(
            "the channel refuses the APIv2 signature: the APIv2 key is another",
            "渠道拒绝了 APIv2 签名：APIv2 密钥不正确",
            "copy the APIv2 key again (not the APIv3 key), and check sign_type",
            "请重新复制 APIv2 密钥（不是 APIv3 密钥），并检查 sign_type",
        ),
        What::ClientCertificateRefused => todo(
            "the channel did not take the merchant certificate",
            "渠道未接受商户证书",
            "use apiclient_cert.pem and its key as downloaded; without them no code payment can be reversed",
            "请使用下载的 apiclient_cert.pem 和私钥；否则付款码支付无法撤销",
        ),
        What::AlipaySignatureRefused => todo(
            "Alipay refuses our signature; its words repeat the text it verified",
            "支付宝验签失败；其说明中包含网关用于验签的字符串",
            "upload the public key of this private key at the open platform (interface signing), or use the private key that belongs to what is there",
            "请在开放平台（接口加签方式）上传与此私钥配对的应用公钥，或换用与之配对的私钥",
        ),
        What::AlipayKeyWrong => todo(
            "the answer does not verify: the configured key is not Alipay's for this application",
            "应答验签失败：所填公钥不是该应用的支付宝公钥",
            "copy the Alipay public key again (not the application's, not the sandbox's)",
            "请重新复制支付宝公钥（不是应用公钥，也不是沙箱公钥）",
        ),
        What::NotifyNotHttps => todo(
            "the address is not https",
            "地址不是 https",
            "put the server behind a proxy with a certificate, and use https://",
            "请在服务前部署带证书的代理，并使用 https://",
        ),
        What::NotifyHasQuery => todo(
            "the address has a query, a fragment, or more than 255 characters",
            "地址带有参数、锚点或超过 255 个字符",
            "use the plain address: https://HOST/channels/wechat/STORE",
            "请使用不带参数的地址：https://域名/channels/wechat/门店",
        ),
        What::NotifyNotPublic => todo(
            "the host is no public domain name",
            "不是公网域名",
            "channels report over the internet: use a domain name that is reachable from outside",
            "渠道通过公网通知：请使用外网可访问的域名",
        ),
        What::NotifyPort => todo("the port is not 443", "端口不是 443", "serve it on port 443", "请使用 443 端口"),
        What::NotifyUnreachable => todo(
            "the address can't be reached",
            "地址无法访问",
            "check DNS, certificate and proxy, also from outside your own network; payments are then confirmed by queries only",
            "请检查 DNS、证书和代理，并从外网测试；在此之前只能靠查询确认支付",
        ),
        What::NotifyTakesAnything => todo(
            "something there says yes to a notice without signature",
            "该地址接受了没有签名的通知",
            "it is not Dandan that answers: route /channels/ to this server",
            "应答者不是本系统：请把 /channels/ 转发到本服务",
        ),
        What::NotifyRedirects => todo(
            "the address redirects; channels do not follow",
            "该地址发生跳转，渠道不会跟随",
            "give the final address, with https and without redirects",
            "请填写最终的 https 地址，不要跳转",
        ),
        What::NotifyNotOurs => todo(
            "something else than Dandan answers",
            "应答者不是本系统",
            "route /channels/ to this server, without a login or firewall page before it",
            "请把 /channels/ 转发到本服务，前面不要有登录或防火墙页面",
        ),
        What::NotifyOtherStore => todo(
            "Dandan answers, but for another restaurant",
            "本系统已应答，但不是这家门店",
            "check the restaurant's id at the end of the address",
            "请检查地址末尾的门店编号",
        ),
        What::NotifyChannelOff => todo(
            "Dandan answers, but this channel is not in service there",
            "本系统已应答，但该渠道未启用",
            "start the server with --payments and this configuration",
            "请用 --payments 和此配置启动服务",
        ),
        What::MendFirst => todo("not checked: something above must be put right first", "未检查：请先处理上面的问题", "", ""),
        What::ChannelBusy => todo(
            "not checked: the channel is busy or in trouble",
            "未检查：渠道繁忙或故障",
            "run the doctor again in a minute",
            "请稍后重试",
        ),
        What::NoMerchantCertificate => todo(
            "not checked against the certificate: none is given; the channel's answer below decides",
            "未与证书核对：没有提供商户证书；以下面渠道的应答为准",
            "",
            "",
        ),
        What::AnswersUnsigned => todo(
            "not checked: the channel answered with refusals, which it need not sign; the first order proves the key",
            "未检查：渠道返回的错误应答可以不签名；第一笔订单会验证",
            "",
            "",
        ),
        What::AtFirstNotice => todo(
            "not fetched (certificates = false): the first notice proves the APIv3 key",
            "未下载（certificates = false）：第一次通知会验证 APIv3 密钥",
            "",
            "",
        ),
        What::AtFirstOrder => todo(
            "not checked: no question names both; the first order proves it (APPID_MCHID_NOT_MATCH)",
            "未检查：没有同时包含两者的查询；第一笔订单会验证（APPID_MCHID_NOT_MATCH）",
            "",
            "",
        ),
        What::AtFirstCodePayment => todo(
            "not checked: only a payment shows whether code payments over this API are granted",
            "未检查：只有真实付款才能确认该接口的付款码权限",
            "take one small payment at the till, and refund it",
            "请在收银台试收一笔小额付款，然后退款",
        ),
        What::NoAppSecret => todo(
            "not checked: no app_secret, so there is no mini-program sign-in",
            "未检查：没有 app_secret，小程序无法登录",
            "",
            "",
        ),
        What::NoNotifyUrl => todo(
            "not checked: no --notify-url",
            "未检查：没有提供 --notify-url",
            "give the public address and --store",
            "请提供公网地址和 --store",
        ),
        What::NotifyPathUnknown => todo(
            "not checked: which restaurant's address is not said",
            "未检查：没有指明门店",
            "give --store as well",
            "请同时提供 --store",
        ),
    }
}
