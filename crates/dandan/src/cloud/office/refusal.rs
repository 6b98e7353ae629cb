//! Every way head office says no: one table from code to status and words, as the stores' own API has one.

use api::Problem;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Text;
use serde::Serialize;
use serde_json::Value;

/// Why something is not done.
#[derive(Debug)]
pub enum No {
    /// The request or the rules forbid it. What is wrong, one by one, where there is a list.
    Refused { code: &'static str, detail: String, faults: Vec<Value> },
    /// The database can't be asked now.
    Away(anyhow::Error),
}

/// What anything here comes to.
pub type Outcome<T> = Result<T, No>;

impl No {
    pub fn new(code: &'static str, detail: impl Into<String>) -> No {
        No::Refused { code, detail: detail.into(), faults: Vec::new() }
    }

    /// The same as an error of a command line.
    pub fn told(self) -> anyhow::Error {
        match self {
            No::Refused { code, detail, .. } => anyhow::anyhow!("{}: {detail}", words(code).2),
            No::Away(error) => error,
        }
    }
}

impl From<anyhow::Error> for No {
    fn from(error: anyhow::Error) -> No {
        No::Away(error)
    }
}

impl From<tokio_postgres::Error> for No {
    fn from(error: tokio_postgres::Error) -> No {
        No::Away(error.into())
    }
}

#[derive(Serialize)]
struct Faulty {
    #[serde(flatten)]
    problem: Problem,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Value>,
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let (code, detail, faults) = match self {
            No::Refused { code, detail, faults } => (code, detail, faults),
            No::Away(error) => {
                tracing::warn!(error = format!("{error:#}"), "head office's database can't be asked");
                ("unavailable", "it may have been recorded; send the same again".to_owned(), Vec::new())
            }
        };
        let (status, zh, en) = words(code);
        let mut problem = Problem::new(code, detail);
        (problem.status, problem.texts) = (status, Text::new(zh, en));
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(Faulty { problem, faults })).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if code == "unavailable" {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

fn words(code: &str) -> (u16, &'static str, &'static str) {
    match code {
        "malformed" => (400, "请求无法读取", "The request can't be read"),
        "not_signed_in" => {
            (401, "口令无效或已过期，请向总部要新的", "This token isn't good, or not any more; ask head office for another")
        }
        "not_allowed" => (403, "只能管理自己单位及下级", "You may act for your own unit and those below it only"),
        "not_found" => (404, "没有这个地址", "Nothing lives here"),
        "method_not_allowed" => (405, "不支持的方法", "This method is not supported here"),
        "unit_unknown" => (404, "没有这个单位", "No such unit"),
        "person_unknown" => (404, "这里没有这位员工", "Nobody of this code is at this unit"),
        "device_unknown" => (404, "这里没有这台设备", "No such device is at this unit"),
        "menu_unknown" => (404, "没有这个菜单版本", "No such menu version"),
        "release_unknown" => (404, "这里没有这次发布", "No such release is at this unit"),
        "too_large" => (413, "内容太大", "The request is too large"),
        "wrong_type" => (415, "请用 JSON、.xlsx 或 .csv", "Please send JSON, .xlsx or .csv"),
        "key_reused" => (422, "这个编号已用于别的内容", "This id was already used for something else"),
        "menu_faulty" => (422, "菜单有错，没有收下", "The menu has mistakes; nothing of it was taken"),
        "bad_name" => (409, "名字不对：1 到 24 个字，不含特殊符号", "A name has 1 to 24 characters and no hidden ones"),
        "bad_pin" => (409, "密码应为 4 到 8 位数字", "A PIN is 4 to 8 digits"),
        "pin_needed" => (409, "新员工需要密码", "Somebody new needs a PIN"),
        "bad_unit" => (409, "这样的单位不成立", "A unit like this can't be"),
        "unit_fixed" => (409, "单位的种类和门店不能改", "What kind a unit is, and which store, can't change"),
        "cycle" => (409, "不能把单位放到自己下面", "A unit can't stand below itself"),
        "too_deep" => (409, "层级太多", "Too many levels"),
        "not_empty" => (409, "单位下面还有内容，先清空", "Something still belongs to this unit; take it away first"),
        "store_taken" => (409, "这家门店已有归属", "This store belongs to a unit already"),
        "store_unassigned" => {
            (409, "这家门店还没分给本品牌，请联系云端运营", "This store isn't assigned to the brand; ask who runs the cloud")
        }
        "person_elsewhere" => (409, "这位员工属于别的单位", "This person belongs to another unit"),
        "device_elsewhere" => (409, "这台设备属于别的单位", "This device belongs to another unit"),
        "release_elsewhere" => (409, "这次发布属于别的单位", "This release belongs to another unit"),
        "release_begun" => {
            (409, "已经上架的发布不能改，请发布另一份", "A release that has begun can't change; publish another menu")
        }
        "too_many_releases" => (409, "计划中的发布太多", "Too many releases are planned"),
        "too_many_people" => (409, "员工或设备太多", "Too many people or devices"),
        "unavailable" => (503, "暂时不可用，请重试", "Not available right now; please retry"),
        _ => (500, "未知的错误代码", "An unlisted error code"),
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    /// Every code these files refuse with has words: read from the sources, so that a new one can't be forgotten.
    #[test]
    fn every_refusal_has_words() {
        let sources = [
            include_str!("units.rs"),
            include_str!("people.rs"),
            include_str!("devices.rs"),
            include_str!("menus.rs"),
            include_str!("releases.rs"),
            include_str!("tokens.rs"),
            include_str!("tree.rs"),
            include_str!("http.rs"),
            include_str!("mod.rs"),
        ];
        let codes: Vec<&str> = sources
            .iter()
            .flat_map(|source| source.split("No::new(\"").skip(1))
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert!(codes.len() > 20, "the codes were found: {codes:?}");
        for code in codes {
            assert_ne!(words(code).0, 500, "{code} has no words");
        }
    }
}
