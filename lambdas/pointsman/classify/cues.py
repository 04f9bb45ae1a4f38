"""The words that give a prompt away, in ten languages, en de fr es it pt nl ru zh ja, and a few in pl tr ko ar hi.

Each entry is `weight: "cue cue …"`. In a cue `_` stands for a space and a closing `*` for any ending. Cues in scripts
that write no spaces are found anywhere. Words with which a caller could talk the router down ("easy", "cheap",
"quick") are in no list, on purpose.
"""

from __future__ import annotations

from pointsman.domain import Task

TASKS: dict[Task, dict[float, str]] = {
    Task.CODING: {
        3: """python javascript typescript golang rust java c++ kotlin php sql regex* bash dockerfile kubernetes
            pandas pytest html css traceback stacktrace typeerror nullpointer* segfault refactor* codebase
            programm* algorithm* unit_test* unit_tests 代码 函数 编程 コード 関数 プログラム 正規表現 funkcj*
            fonksiyon* 코드* 함수* 파이썬* 알고리즘* برمج* دالة بايثون पाइथन फ़ंक्शन फंक्शन""",
        2: """debug* compil* implement implementa* implementier* implémente* function funktion fonction función
            funzione função функци* скрипт* script skript code код class_method api schema endpoint database query
            race_condition deadlock goroutine* thread* memory_leak lock-free multi-tenant select_* github
            pull_request json_schema 接口 数据库 バグ kodu betik 프로그램* كود* कोड""",
    },
    Task.MATH: {
        3: """calculate compute solve simplify prove_that prove_the proof_that proof_by integral* derivative*
            equation* theorem* irrational polynomial* eigenvalue* probability_that solve_for berechne* beweise*
            gleichung* ableitung calcul* résou* démontr* dérivée équation* resuelve* ecuación* demuestra* derivada
            calcola* dimostra* equazione resolva* equação* prove_que bereken* bewijs* vergelijking вычисли*
            докажи* докажите производн* уравнени* 证明 计算 求 方程 面积 证 証明 計算 方程式 積分 oblicz*
            udowodnij* wykaż* równani* pochodn* hesapla* kanıtla* ispatla* denklem* türev* 계산* 증명* 방정식*
            적분* 미분* 구하시오 احسب* أثبت* برهن* معادلة* समीकरण गणना सिद्ध ज्ञात_कीजिए""",
        2: """sqrt prove disprove evaluate_the show_that find_the_value continuous modulo how_many_did
            finite_group prime twice_as_many how_much_did in_total per_hour kilomet* perimeter area_of probability
            divisible percent wahrscheinlichkeit primzahl* probabilité probabilidad вероятност* 概率 rozwiąż*
            확률* 풀어* حل_المعادلة हल_कीजिए हल_करें""",
        1: "sum average each remaining altogether total left",
    },
    Task.REASONING: {
        3: """deduce* infer inference premises riddle puzzle* logic* does_it_follow trade-offs tradeoffs
            pros_and_cons strategic argue_for weigh_the justify root_cause déduire rätsel schlussfolger*
            argumentos analiza* analise analizza* рассуждай* логическ* умозаключ* 推理 逻辑 分析 推論
            przeanalizuj* wywnioskuj* uzasadnij* zagadk* analiz_et* mantık* gerekçe* 분석* 추론* 논리* حلل*
            استنتج* منطق* विश्लेषण तर्क""",
        2: """compare evaluate_the_risks analyse* analyze* recommend step_by_step reasoning explain_why if_all
            razonamiento ragionamento raisonnement begründe* vergleiche* compara* comparer hypothes* hypothèse
            hipótesis hipótese conclude concluye conclus* older_than taller_than younger_than which_of_the_following
            consider_every what_would_happen più_alto plus_grand lies liar lügt truth wahrheit 为什么会 理由 なぜ
            説明 porównaj* karşılaştır* 비교* 이유* قارن* तुलना""",
    },
    Task.EXTRACTION: {
        3: """extract* extrahier* extrai* extraire extrae* estrai* estrarre extraia извлек* 提取 抽出 抽取 pull_out
            phone_numbers email_addresses wyodrębnij* ayıkla* 추출* 뽑아* استخر* निकालें निकालिए""",
        2: "identify identifiez identifica as_json parse mentioned appear_in appears_in fields return_the invoice 姓名",
        1: "find_all list_all wypisz* listele*",
    },
    Task.CLASSIFICATION: {
        3: """classif* klassifizier* sentiment sentimiento categoris* categoriz* kategor* categor* label_this
            label_each label_the clasifica* ordne classe_cet spam positive_or_negative определи_категор*
            тональност* 分类 判断 分類 情感 sklasyfikuj* zaklasyfikuj* sentyment* sınıflandır* duygu_analizi 분류*
            صنف* صنّف* تصنيف* वर्गीक""",
        2: """assign_each yes_or_no positive negative neutral positif négatif positivo negativo stimmung offensive
            one_of_these is_this_a belongs_to 正面 负面 肯定 否定""",
    },
    Task.SUMMARISATION: {
        3: """summar* tl;dr tldr gist condense zusammenfass* zusammen fasse_* résum* resum* riassu* samenvat*
            vat_samen кратко* перескаж* резюмируй* 总结 概括 摘要 要約 まとめ key_points main_points key_takeaways
            podsumuj* streść* streszcz* özetle* özet* 요약* لخص* لخّص* تلخيص* ملخص* सारांश संक्षेप""",
        2: "in_two_sentences in_three_sentences in_one_sentence brief_overview bullet_points en_une_phrase kernpunkte",
    },
    Task.TRANSLATION: {
        4: """translat* übersetz* traduis traduire traduc* traduz* traduisez traduci vertaal* vertalen переведи*
            перевод перевести 翻译 翻訳 訳し how_do_you_say how_do_i_say przetłumacz* tłumacz* çevir* tercüme*
            번역* ترجم* अनुवाद""",
        2: """into_german into_french into_spanish into_english into_italian into_portuguese into_japanese
            into_chinese to_spanish to_french to_german to_english in_portuguese in_english ins_englische
            auf_deutsch en_español en_espagnol en_anglais al_inglés in_tedesco in_inglese para_o_inglês
            naar_het_engels на_английский 译成 英文 英語に na_angielski na_niemiecki ingilizceye almancaya 영어로*
            한국어로* إلى_الإنجليزية إلى_الفرنسية अंग्रेज़ी_में""",
    },
    Task.REWRITING: {
        3: """rewrit* rephras* reword* paraphras* proofread* reformul* umformulier* formuliere reescrib* reescrev*
            riscriv* herschrijf* перепиши* исправь* corrige* corrigez correggi* korrigier* verbessere 润色 改写
            修改 書き直 言い換え 添削 przeredaguj* przeformułuj* popraw* yeniden_yaz* düzelt* 고쳐* 다듬어*
            다시_써* أعد_صياغة أعد_كتابة صحح* फिर_से_लिख दोबारा_लिख सुधार fix_the_grammar more_polite more_formal
            passive_voice wording""",
        2: """shorten grammar spelling grammatik grammatica gramática grammaire tone polish improve_this improve_the
            make_this turn_these correct_any formelle formal 正式 丁寧""",
    },
    Task.QUESTION_ANSWERING: {
        2: """what_is what's who_is who_was who_wrote when_did when_was where_is capital_of define
            what_are_the_differences how_does how_do why_do why_does qu'est-ce qui_a quién quiénes cuándo dónde
            wer_hat wann was_ist wie_hoch quando chi_ha qual_é wie_is wanneer hoeveel combien wie_viele кто когда
            где чем_отличается почему 什么时候 什么是 是谁 哪里 いつ 誰が どこ とは how_tall how_far how_old kto
            kiedy gdzie co_to_jest nedir kimdir ne_zaman nerede 누구* 언제* 어디* 무엇* ما_هو ما_هي من_هو متى أين
            कौन कब कहाँ""",
        1: """what who when where why how which was wer wo warum wie quel quelle comment pourquoi où qué cuál cómo
            che chi cosa dove perché o_que quem onde como wat waar waarom что как какой сколько 什么 吗 何 ですか
            dlaczego jak jaki* ile neden nasıl kaç hangi 왜 어떻게* 몇 لماذا كيف كم क्या क्यों कैसे""",
    },
    Task.CREATIVE_WRITING: {
        3: """roleplay story stories poem poems poetry haiku limerick sonnet novel fairy_tale lyrics slogan*
            screenplay bedtime gedicht* geschichte_über märchen roman poème conte histoire_de poema cuento relato
            poesia racconto filastrocca história gedichtje verhaal стих* рассказ историю сказк* придумай* 故事 诗
            小说 物語 詩 俳句 小説 wiersz* opowiadani* bajk* wymyśl* şiir* hikaye* öykü* masal* 시를 소설* 이야기*
            동화* قصيدة* قصة* कविता कहानी""",
        2: """imagine invent* invente come_up_with brainstorm character narrator* rhym* rima taglines suggest
            names_for dialogue diálogo chapter blog_post essay speech the_role_of pretend act_as persona
            in_the_style_of imagine_you advertisement напиши_стих* 写一 创作""",
        1: """write_a write_an compose draft schreibe_ein* écris_un* scrivi_un* crie_um* escreva_um* escribe_un*
            schrijf_een""",
    },
    Task.CONVERSATION: {
        3: """hi hello hey hiya thanks thank_you good_morning good_evening good_night how_are_you how's_it
            how_is_it_going who_are_you talk_to can_we_chat lol bye hallo danke wie_geht guten_morgen moin bonjour
            salut merci bonsoir bonne_soirée ça_va hola gracias qué_tal buenos_días ciao grazie come_stai
            buongiorno olá oi obrigad* tudo_bem goedemorgen dank_je hoi привет* спасибо здравствуй* как_дела 你好
            谢谢 早上好 こんにちは ありがとう おはよう 元気 cześć dzień_dobry dziękuję dzięki jak_się_masz merhaba
            selam teşekkür* nasılsın günaydın 안녕* 고마워* 감사* مرحبا* شكرا* السلام_عليكم كيف_حالك नमस्ते धन्यवाद""",
        2: "do_you_think feeling lonely bored just_chat my_day your_favourite your_favorite how_do_you_feel",
    },
}

NOTIONS: dict[str, dict[float, str]] = {
    "quantity": {
        1: """how_many how_much how_long how_old how_far what_is_the_total what_percent twice half double dozen km/h
            mph km kg cm litres hours minutes dollars euros metres meters miles combien wie_viel* cuánto* quanti
            quanto quanta quantos hoeveel сколько 多少 几个 いくつ いくら""",
    },
    "format": {1: "json csv xml yaml markdown html json_schema 表格 表形式"},
    "brief": {
        1: """haiku limerick slogan* taglines names_for one_word one_sentence one_line define capital_of yes_or_no
            ein_wort un_mot una_palabra одно_слово 一句话 一言""",
    },
    "proof": {
        1: """prove_that prove_the proof_that proof_by beweise* zeige_dass démontr* montrer_que demuestra* demostrar
            dimostra* mostra_che prove_que demonstre bewijs* докажи* докажите доказать 证明 証明 closed_form
            from_first_principles herleit* вывести udowodnij* wykaż* kanıtla* ispatla* 증명* أثبت* برهن* सिद्ध""",
        0.8: "prove disprove derive show_that show_every",
        0.4: "proof derivation",
    },
    "design": {
        1: """design architect* optimis* optimiz* refactor* implement trade-offs tradeoffs scalab* strategic
            evaluate critique critically weigh justify argue_for compare recommend backpressure deadlock
            race_condition lock-free concurren* exactly-once multi-tenant semantics entwirf* concevoir diseña*
            progetta* projete ontwerp* спроектируй* analiza* analise analyse_the analyze_the analysiere* vergleiche*
            evalúa* argumentos déduire deduce* infer hypothes* hipótese 设计 优化 分析 比较 設計 最適化 比較""",
    },
    "steps": {
        1: """first then next finally afterwards step_by_step each_step zuerst danach anschließend schließlich
            d'abord ensuite puis enfin primero luego después finalmente prima poi infine primeiro depois daarna
            сначала затем потом наконец 首先 然后 最后 まず 次に 最後に and_explain and_why explain_why und_warum""",
    },
    "constraints": {
        1: """must without exactly at_most at_least only except unless no_more_than keep keeping strict cannot
            may_only every_case nobody never_* muss ohne genau höchstens mindestens nur außer doit sans exactement
            seulement sauf debe sin exactamente solo excepto deve senza esattamente soltanto sem exatamente apenas
            moet zonder должен без ровно только кроме 必须 不能 只能 至少 必ず だけ なしで""",
    },
    "terms": {
        2: """eigenvalue* theorem* lemma irrational abelian topolog* manifold isomorph* homomorph* stochastic*
            asymptotic* bayesian thermodynamic* quantum relativis* superconduct* hamiltonian lagrang* polynomial*
            subgroup* undecidab* halting_problem turing np p_=_np np-hard np-complete mutex lock-free consensus
            cryptograph* gradient_descent regularization heteroscedastic* fiduciar* indemnif* ucc easement tort
            covenant pathophysiolog* epistemolog* metaphysic* deontolog* counterfactual* gödel riemann fourier
            bijection galois conjecture cohomolog* homology jacobian eigenvector* banach hilbert lebesgue diophantine
            satisfiab* sat 3-sat nash_equilibrium martingale* garbage_collector raft paxos webassembly bytecode merkle
            crdt* zero-knowledge estoppel obiter
            laplace navier-stokes schrödinger maxwell's_equations general_relativity spacetime primzahl* 量子 定理
            相对论 相対性 不可判定 квантов* теорем* théorème quantique* teorema* cuántic* quantistic* kwantum*""",
        1: """integral* continuous infinit* derivative* differential* entropy finite_field ring_of kernel compiler*
            distributed complexity convex jurisdiction* plaintiff* defendant* statut* liabilit* constitutional
            negligen* testator enzyme* receptor* mitochondri* diagnos* prognos* renal hepatic metabol* genotype*
            allele* voltage capacitor* oxidation molar equilibrium isotope* hypothesis regression* elasticit*
            amortiz* depreciat* accrual derivada* ableitung производн* интеграл* 积分 导数 微分 predicate premises
            valence electron* momentum acceleration velocity frequency utilitarian*""",
    },
    "denial": {
        1: "not except least incorrect false neither nor none wrong contradict* unless nicht keine ne_pas no_es не",
    },
    "alternatives": {
        1: "if suppose assume given let whether otherwise either wenn falls si se als если 如果 假设 もし",
    },
}
