"""What a resident does step by step, tapped and written on a phone: for the tests and for counting taps."""

from playwright.sync_api import expect

from tests.browser.phones import HOME, PATIENCE, Phone


def agrees(chat: Phone) -> None:
    chat.page.get_by_role("button", name=chat.says("开始", "Start"), exact=True).tap()
    chat.taps_made += 1
    chat.reads("请选择语言", "choose your language")
    chat.taps("简体中文", "English")
    chat.reads("您同意吗", "Do you agree?")
    chat.picture("chat-consent")
    chat.taps("是", "Yes")


def says_who_it_is(chat: Phone) -> None:
    chat.reads("请问您的姓名", "What is your name?")
    chat.writes(chat.says("张桂兰", "Anna Wang"))
    chat.reads("哪个电话最容易找到您", "Which phone number reaches you best?")
    chat.writes(chat.says("13800138000", "13800138001"))
    chat.reads("您住在哪里", "Where do you live?")
    chat.writes(chat.says("济南市历下区解放路街道", "Lixia District, Jinan"))
    chat.reads("几号楼几室", "Which building and flat?")
    chat.writes(chat.says("3号楼2单元501室", "Building 3, Flat 501"))
    chat.reads("您属于哪个网格", "Which grid do you belong to?")
    chat.taps("跳过", "Skip")
    chat.reads("请填身份证号", "Your ID number")
    chat.taps("跳过", "Skip")
    chat.reads("都对吗", "Is everything right?")
    chat.picture("chat-profile")
    chat.taps("保存", "Save")
    chat.reads("已经保存好了", "I have saved this")


def tells_of_a_journey(chat: Phone, on: str) -> None:
    chat.taps("菜单", "Menu")
    chat.reads("您想做什么", "What would you like to do?")
    chat.picture("chat-menu")
    chat.taps("旅行史", "Journeys")
    chat.reads("有没有离开过本区县", "was there a journey out of your district?")
    chat.taps("是", "Yes")
    chat.reads("从哪里出发的", "Where did the journey start?")
    chat.writes("吉林省长春市绿园区同心街道")
    chat.reads("到哪里去的", "Where did it go to?")
    chat.taps(HOME[chat.language], HOME[chat.language])
    chat.reads("哪一天出发的", "On which day did it start?")
    chat.picture("chat-day")
    chat.writes(chat.says("前天", "the day before yesterday"))
    chat.reads("什么时候到的", "When did it end?")
    chat.writes(chat.says("前天下午三点半", "the day before yesterday at 3:30 pm"))
    chat.reads("坐什么去的", "How did you travel?")
    chat.taps("火车/高铁", "Train")
    chat.reads("车次或航班号是多少", "Which train, flight or coach number?")
    chat.writes("G1234")
    chat.reads("几车厢几座", "Which carriage and seat?")
    chat.taps("跳过", "Skip")
    chat.reads("和谁一起去的", "Who travelled with you?")
    chat.taps("跳过", "Skip")
    chat.reads("还有别的行程吗", "Was there another journey?")
    chat.taps("否", "No")
    chat.reads("都对吗", "Is everything right?")
    chat.picture("chat-journey")
    chat.taps("发送", "Send")

    card = chat.card(chat.says("已经收到", "has arrived"), chat.says("接下来的安排", "What happens next"))
    expect(card).to_contain_text(on)
    expect(card).to_contain_text("SD-3.3.1-f")


def tells_where_they_stayed(chat: Phone) -> None:
    chat.taps("菜单", "Menu")
    chat.reads("您想做什么", "What would you like to do?")
    chat.taps("居住史", "Where I stayed")
    chat.reads("在哪里", "Where was it?")
    chat.taps(HOME[chat.language], HOME[chat.language])
    chat.reads("是什么样的地方", "What kind of place was it?")
    chat.taps("自己家", "My home")
    chat.reads("从哪一天开始住的", "From which day?")
    chat.writes(chat.says("前天", "the day before yesterday"))
    chat.reads("现在还住在那里吗", "Are you still there?")
    chat.taps("是", "Yes")
    chat.reads("还住过别的地方吗", "Was there another place?")
    chat.taps("否", "No")
    chat.reads("都对吗", "Is everything right?")
    chat.taps("发送", "Send")
    chat.reads("已经收到", "has arrived")


def tells_whom_they_met(chat: Phone) -> None:
    chat.taps("菜单", "Menu")
    chat.reads("您想做什么", "What would you like to do?")
    chat.taps("接触史", "Whom I met")
    chat.reads("您有没有接触过", "did you meet somebody who was infected")
    chat.taps("否", "No")
    chat.reads("都对吗", "Is everything right?")
    chat.taps("发送", "Send")
    chat.reads("已经收到", "has arrived")


def tells_of_a_fever(chat: Phone) -> None:
    chat.taps("菜单", "Menu")
    chat.reads("您想做什么", "What would you like to do?")
    chat.taps("身体情况", "How I feel")
    chat.reads("请点选所有符合的", "Tap all that apply")
    chat.taps("发热", "Fever")
    chat.taps("咳嗽", "Cough")
    expect(chat.page.locator(".chosen")).to_have_count(2, timeout=PATIENCE)
    chat.picture("chat-symptoms")
    chat.taps("选好了", "Done")
    chat.reads("体温是多少", "What is the body temperature")
    chat.writes("38.2")
    chat.reads("从哪一天开始的", "Since which day?")
    chat.writes(chat.says("昨天", "yesterday"))
    chat.reads("用自己的话就行", "in your own words?")
    chat.taps("跳过", "Skip")
    chat.reads("都对吗", "Is everything right?")
    chat.taps("发送", "Send")
