/* Made of page/ by tools/page/page.mjs, with Preact and HTM: their licences are in vendor/. */
var Bt=function(e,t,n,r){var s;t[0]=0;for(var o=1;o<t.length;o++){var a=t[o++],i=t[o]?(t[0]|=a?1:2,n[t[o++]]):t[++o];a===3?r[0]=i:a===4?r[1]=Object.assign(r[1]||{},i):a===5?(r[1]=r[1]||{})[t[++o]]=i:a===6?r[1][t[++o]]+=i+"":a?(s=e.apply(i,Bt(e,i,n,["",null])),r.push(s),i[0]?t[0]|=2:(t[o-2]=0,t[o]=s)):r.push(i)}return r},Ct=new Map;function mr(e){var t=Ct.get(this);return t||(t=new Map,Ct.set(this,t)),(t=Bt(this,t.get(e)||(t.set(e,t=(function(n){for(var r,s,o=1,a="",i="",c=[0],p=function(m){o===1&&(m||(a=a.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?c.push(0,m,a):o===3&&(m||a)?(c.push(3,m,a),o=2):o===2&&a==="..."&&m?c.push(4,m,0):o===2&&a&&!m?c.push(5,0,!0,a):o>=5&&((a||!m&&o===5)&&(c.push(o,0,a,s),o=6),m&&(c.push(o,m,0,s),o=6)),a=""},u=0;u<n.length;u++){u&&(o===1&&p(),p(u));for(var h=0;h<n[u].length;h++)r=n[u][h],o===1?r==="<"?(p(),c=[c],o=3):a+=r:o===4?a==="--"&&r===">"?(o=1,a=""):a=r+a[0]:i?r===i?i="":a+=r:r==='"'||r==="'"?i=r:r===">"?(p(),o=1):o&&(r==="="?(o=5,s=a,a=""):r==="/"&&(o<5||n[u][h+1]===">")?(p(),o===3&&(c=c[0]),o=c,(c=c[0]).push(2,0,o),o=0):r===" "||r==="	"||r===`
`||r==="\r"?(p(),o=2):a+=r),o===3&&a==="!--"&&(o=4,c=c[0])}return p(),c})(e)),t),arguments,[])).length>1?t:t[0]}var w,Ut,dr,W,nt,Ae,Wt,Ce,Jt,it,rt,hr,be=Symbol.for("pv"),Le={},je=[],$r=/^m(i|n|o|s|text|space)$/,lt=Array.isArray,ct=je.slice,ee=Object.assign;function X(e){e&&e.parentNode&&e.remove()}function _r(e,t,n){var r,s,o,a={},i=arguments.length;for(o in t)o=="key"?r=t[o]:o=="ref"&&typeof e!="function"?s=t[o]:a[o]=t[o];return i>2&&(a.children=i>3?ct.call(arguments,2):n),he(e,a,r,s,null)}function he(e,t,n,r,s){var o={type:e,props:t,key:n,ref:r,__k:null,__:null,__b:0,__e:null,__c:null,constructor:be,__v:s||++Ut,__i:-1,__u:0};return!s&&w.vnode&&w.vnode(o),o}function De(e){return e.children}function Me(e,t){this.props=e,this.context=t,this.__g=0}function J(e,t){if(t==null)return e.__&&J(e.__,e.__i+1);for(var n;t<e.__k.length;t++)if((n=e.__k[t])&&n.__e)return n.__e;return typeof e.type!="function"||e.props.__P?null:J(e)}function br(e){var t,n=e.__v,r=n.__e,s=[],o=[],a=e.__P;a&&((t=ee({constructor:be},n)).__v=n.__v+1,w.vnode&&w.vnode(t),ut(a,t,n,e.__n,a.namespaceURI,32&n.__u?[r]:null,s,r||J(n),32&n.__u,o),t.__v=n.__v,t.__.__k[t.__i]=t,Yt(s,t,o),n.__=n.__e=null,t.__e!=r&&zt(t))}function zt(e){if((e=e.__)&&e.__c&&!e.props.__P)return e.__e=null,e.__k.some(function(t){return t&&(e.__e=t.__e)}),zt(e)}function Mt(e){(8&e.__g||(e.__g|=8,W.push(e),Ae++))&&nt==w.debounceRendering||((nt=w.debounceRendering)||queueMicrotask)(Kt)}function Kt(){try{for(var e,t=1;W.length;)W.length>t&&W.sort(Wt),e=W.shift(),t=W.length,8&e.__g&&br(e)}finally{(Ae=W.length)&&(nt||queueMicrotask)(Kt)}}function Gt(e,t,n,r,s,o,a,i,c,p,u){var h,m,f,d,_,$,v=r.__k||je,y=t.length;for(c=gr(n,t,v,c,y),h=0;h<y;h++)(f=n.__k[h])!=null&&(m=~f.__i&&v[f.__i]||Le,f.__i=h,$=ut(e,f,m,s,o,a,i,c,p,u),d=f.__e,(m.ref!=f.ref||8&m.__u)&&(m.ref&&ft(m.ref,null,f,m),f.ref&&u.push(f.ref,f.__c||d,f)),_=_||d,4&f.__u?(c=Vt(f,c,e,!m.__v),m.__e&&(m.__e=null)):typeof f.type=="function"&&$!==void 0?c=$:d&&(c=d.nextSibling),f.__u&=-21);return n.__e=_,c}function gr(e,t,n,r,s){var o,a,i,c,p,u,h,m,f,d=n.length,_=d,$=0,v=0,y=e.__k=Array(s);for(o=0;o<s;o++)(a=t[o])!=null&&typeof a!="boolean"&&typeof a!="function"?(typeof a!="object"||a.constructor===String?a=y[o]=he(null,a):lt(a)?a=y[o]=he(De,{children:a}):a.constructor===be&&a.__b?a=y[o]=he(a.type,a.props,a.key,a.ref,a.__v):y[o]=a,c=o+$,a.__=e,a.__b=e.__b+1,i=null,~(p=a.__i=yr(a,n,c,_))&&(_--,(i=n[p])&&(i.__u|=2)),i&&i.__v?(a.__u|=16,p==c-1?$--:p==c+1?$++:p!=c&&(p>c?$--:$++,v=1)):(~p||(s>d?$--:s<d&&$++),typeof a.type!="function"&&(a.__u|=4))):y[o]=null;if(v){for(u=[],h=[],o=0;o<s;o++)if((a=y[o])&&16&a.__u){for($=0,m=u.length;$<m;)u[f=$+m>>1]<a.__i?$=f+1:m=f;u[$]=a.__i,h[o]=$+1}for($=u.length;o--;)h[o]&&(h[o]==$?$--:y[o].__u|=4)}if(_)for(o=0;o<d;o++)!(i=n[o])||2&i.__u||(i.__e==r&&(r=J(i)),pt(i,i));return r}function Vt(e,t,n,r){var s,o,a,i;if(typeof e.type=="function"){if(e.props.__P)return t;if(s=e.__k)for(o=0;o<s.length;o++)s[o]&&(s[o].__=e,t=Vt(s[o],t,n,!1));return t}for(t&&!t.parentNode&&(t=J(e))&&!t.parentNode&&(t=null),a=e.__e,i=t;i&&i.nodeType==8;)i=i.nextSibling;for(a!=i&&(!r&&n.moveBefore&&a.parentNode?n.moveBefore(a,t):n.insertBefore(a,t||null)),t=a;(t=t&&t.nextSibling)&&t.nodeType==8&&!t.data.startsWith("$s"););return t}function yr(e,t,n,r){var s,o=e.key,a=e.type,i=t[n],c=i&&!(2&i.__u);if(i===null&&o==null||c&&o==i.key&&a==i.type)return n;if(r>(c?1:0)){for(s=n-1;s>=0;s--)if((i=t[s])&&!(2&i.__u)&&o==i.key&&a==i.type)return s;for(s=n+1;s<t.length;s++)if((i=t[s])&&!(2&i.__u)&&o==i.key&&a==i.type)return s}return-1}function Rt(e,t,n){n==null&&(n=""),t[0]=="-"?e.setProperty(t,n):e[t]=n}function Ee(e,t,n,r,s){var o,a;if(t=="style")if(typeof n=="string")e.style.cssText=n;else{if(typeof r=="string"&&(e.style.cssText=r=""),r)for(t in r)n&&t in n||Rt(e.style,t);if(n)for(t in n)r&&n[t]==r[t]||Rt(e.style,t,n[t])}else if(t[0]=="o"&&t[1]=="n")typeof n!="function"&&(n=null),typeof r!="function"&&(r=null),(e.__e||(e.__e={}))[t]=n,n&&r||(a=rt[t]||(rt[t]=vr(t)),(e.__a||(e.__a={}))[t]=it,o=t!=(t=t.replace(Jt,"$1")),(t=t.slice(2))[0]<"a"&&(t=t.toLowerCase()),n?e.addEventListener(t,a,o):e.removeEventListener(t,a,o));else{if(s=="http://www.w3.org/2000/svg")t=t.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(t!="width"&&t!="height"&&t!="href"&&t!="list"&&t!="form"&&t!="tabIndex"&&t!="download"&&t!="rowSpan"&&t!="colSpan"&&t!="role"&&t!="popover"&&t in e)try{return void(e[t]=n??"")}catch{}if(typeof n=="function")return;n==null||n===!1&&t[4]!="-"?e.removeAttribute(t):e.setAttribute(t,t=="popover"&&n==1?"":n)}}function vr(e){return function(t){var n=this.__e;if(n){if(n=n[e],t[Ce]==null)t[Ce]=it++;else if(t[Ce]<this.__a[e])return;return n(w.event?w.event(t):t)}}}function ut(e,t,n,r,s,o,a,i,c,p){var u,h,m,f,d,_,$,v,y,T,x,et,Nt,Ne,Y,Et,U,Q,q=t.type;if(t.constructor!==be)return null;128&n.__u&&(c=32&n.__u,u=n.__c.__z)&&(t.__u|=c,h=o=[],u.nodeType==8?i=Re(u,o):o.push(u),i=o[0]||i),(u=w.__b)&&u(t);e:if(typeof q=="function"){m=a.length;try{if(v=t.props,y=(u=q.prototype)&&u.render,T=(u=q.contextType)&&r[u.__c],x=u?T?T.props.value:u.__:r,(f=n.__c)?(t.__c=f,2&f.__g&&(f.__g|=1)):(y?t.__c=f=new q(v,x):(t.__c=f=new Me(v,x),f.constructor=q,f.render=kr),T&&T.sub(f),f.state||(f.state={}),f.__n=r,f.__g|=8,f.__h=[],f.__k=[]),y&&(f.__s||(f.__s=f.state),q.getDerivedStateFromProps&&(f.__s==f.state&&(f.__s=ee({},f.__s)),ee(f.__s,q.getDerivedStateFromProps(v,f.__s)))),d=f.props,_=f.state,f.__v=t,n.__c){if(v!==d&&y&&!q.getDerivedStateFromProps&&f.componentWillReceiveProps&&f.componentWillReceiveProps(v,x),t.__v==n.__v&&!(8&f.__g)||!(4&f.__g)&&f.shouldComponentUpdate&&f.shouldComponentUpdate(v,f.__s,x)===!1){t.__v!=n.__v&&(f.props=v,f.state=f.__s,f.__g&=-9),t.__e=n.__e,t.__k=n.__k,t.__k.some(function(M){M&&(M.__=t)}),je.push.apply(f.__h,f.__k),f.__k=[],f.__h.length&&a.push(f),i=J(n);break e}f.componentWillUpdate&&f.componentWillUpdate(v,f.__s,x),y&&f.componentDidUpdate&&f.__h.push(function(){f.componentDidUpdate(d,_,$)})}else y&&!q.getDerivedStateFromProps&&f.componentWillMount&&f.componentWillMount(),y&&f.componentDidMount&&f.__h.push(f.componentDidMount);f.context=x,f.props=v,f.__P=e,f.__g&=-5,et=w.__r,Nt=y?25:0;do f.__g&=-9,et&&et(t),u=f.render(f.props,f.state=f.__s,f.context);while(8&f.__g&&++Nt<25);y&&(je.push.apply(f.__h,f.__k),f.__k=[]),f.state=f.__s,f.getChildContext&&(r=ee({},r,f.getChildContext())),y&&n.__c&&f.getSnapshotBeforeUpdate&&($=f.getSnapshotBeforeUpdate(d,_)),Ne=u&&u.type===De&&u.key==null?u.props.children:u,v.__P&&(u=i,s=(e=v.__P).namespaceURI,c=o=null,n.props&&n.props.__P!=e&&(n.__k.some(function(M){M&&pt(M,M)}),n.__k=null),i=n.__k?J(n,0):null),i=Gt(e,lt(Ne)?Ne:[Ne],t,n,r,s,o,a,i,c,p),v.__P&&(t.__e=null,i=u),t.__u&=-161,h&&h.some(X),f.__h.length&&a.push(f),1&f.__g&&(f.__g&=-4)}catch(M){if(a.length=m,t.__v=null,c||o)if(M&&M.then){if(t.__u|=128|c,o){for(~(U=o.indexOf(i||void 0))||(U=o.length);(Q=o[U-1])&&Q.nodeType==8;)U--;for(;U<o.length;U++)if(Q=o[U])if(o[U]=null,Y){if(Q==Et)break}else{if(Q.nodeType!=8)break;Q.data.startsWith("$s")&&(Et=Re(Y=Q))}}if(!Y){for(;i&&i.nodeType==8&&i.nextSibling;)i=i.nextSibling;Y=i}(u=Re(Y=t.__c.__z||(t.__c.__z=Y)))?(t.__e=Y,i=u):t.__e=i,i=i&&i.nextSibling}else o&&o.some(X);else t.__e=n.__e;t.__k||(t.__k=n.__k||[]),M&&M.then||Zt(t),w.__e(M,t,n)}}else i=t.__e=wr(n.__e,t,n,r,s,o,a,c,p,e);return(u=w.diffed)&&u(t),i}function Re(e,t){if(e&&e.nodeType==8&&e.data.startsWith("$s"))for(var n=1;e=e.nextSibling;){if(e.nodeType==8){if(e.data.startsWith("$s"))n++;else if(e.data.startsWith("/$s")&&!--n)return e}t&&t.push(e)}}function Zt(e){e&&(e.__c&&(e.__c.__g|=4),e.__k&&e.__k.some(Zt))}function Yt(e,t,n){for(var r=0;r<n.length;)ft(n[r++],n[r++],n[r++]);w.__c&&w.__c(t,e),e.some(function(s){try{e=s.__h,s.__h=[],e.some(function(o){o.call(s)})}catch(o){w.__e(o,s.__v)}})}function wr(e,t,n,r,s,o,a,i,c,p){var u,h,m,f,d,_,$,v,y=n.props||Le,T=t.props,x=t.type;if(x=="svg"?s="http://www.w3.org/2000/svg":x=="math"?s="http://www.w3.org/1998/Math/MathML":s||(s="http://www.w3.org/1999/xhtml"),o){for(u=0;u<o.length;u++)if((d=o[u])&&(x?d.localName==x:d.nodeType==3)){e=d,o[u]=null;break}}if(!e){if(v=p.ownerDocument||document,!x)return v.createTextNode(T);e=v.createElementNS(s,x,T.is?T:p),i&&(w.__m&&w.__m(t,o),i=!1),o=null}if(x){if(p=x=="template"&&e.content||e,o=x=="textarea"&&T.defaultValue!=null?null:o&&ct.call(p.childNodes),!i&&o)for(y={},u=0;u<e.attributes.length;u++)y[(d=e.attributes[u]).name]=d.value;for(u in y)d=y[u],u=="dangerouslySetInnerHTML"?m=d:u=="children"||u in T||u=="value"&&"defaultValue"in T||u=="checked"&&"defaultChecked"in T||Ee(e,u,null,d,s);for(u in T)d=T[u],u=="children"?f=d:u=="dangerouslySetInnerHTML"?h=d:u=="value"?_=d:u=="checked"?$=d:i&&typeof d!="function"||y[u]===d||Ee(e,u,d,y[u],s);h?(i||m&&(h.__html==m.__html||h.__html==e.innerHTML)||(e.innerHTML=h.__html),t.__k=[]):(m&&(e.textContent=""),(x=="foreignObject"||s=="http://www.w3.org/1998/Math/MathML"&&$r.test(x))&&(s="http://www.w3.org/1999/xhtml"),Gt(p,lt(f)?f:[f],t,n,r,s,o,a,o?o[0]:n.__k&&J(n,0),i,c),o&&o.some(X)),i&&x!="textarea"||(u="value",x=="progress"&&_==null?e.removeAttribute(u):_==null||_===e[u]&&(x!="progress"||_)||Ee(e,u,_,y[u],s),u="checked",$!=null&&$!=e[u]&&Ee(e,u,$,y[u],s))}else y===T||i&&e.data==T||(e.data=T);return e}function ft(e,t,n,r){try{typeof e=="function"?t?t.__x=e(t)||1:r&&(r=r.__c||r.__e)&&(t=r.__x)&&(r.__x=null,typeof t=="function"?t():e(null)):e.current=t}catch(s){w.__e(s,n)}}function pt(e,t,n){var r,s,o,a;if(w.unmount&&w.unmount(e),!(r=e.ref)||r.current&&r.current!=e.__e||ft(r,null,t,e),r=e.__c){if(r.componentWillUnmount)try{r.componentWillUnmount()}catch(i){w.__e(i,t)}r.__P=r.__n=null}if(r=e.__k)for(a=0;a<r.length;a++)r[a]&&pt(r[a],t,typeof e.type!="function"||n&&!e.props.__P);!n&&(r=e.__c)&&(r=r.__z)&&(s=Re(r,o=[]))&&(r==e.__e&&o.some(X),X(s),X(r)),n||X(e.__e),e.__e=e.__c=e.__=null}function kr(e,t,n){return this.constructor(e,n)}function mt(e,t){var n,r,s,o;w.__&&w.__(e,t),t.nodeType==9&&(t=t.documentElement),r=(n=e&&32&e.__u)?null:t.__k,t.__k=he(De,{children:[e]}),s=[],o=[],ut(t,t.__k,r||Le,Le,t.namespaceURI,r?null:t.firstChild?ct.call(t.childNodes):null,s,r?r.__e:t.firstChild,n,o),Yt(s,t.__k,o),t.__k.props.children=null}w={__e:function(e,t,n,r){for(var s,o,a;t=t.__;)if((s=t.__c)&&!(1&s.__g)){s.__g|=4;try{if((a=(o=s.constructor)&&o.getDerivedStateFromError)&&s.setState(o.getDerivedStateFromError(e)),s.componentDidCatch&&(s.componentDidCatch(e,r||{}),a=1),a&&8&s.__g)return void(s.__g|=2)}catch(i){e=i}}throw Ae=0,e}},Ut=0,dr=function(e){return e!=null&&e.constructor===be},Me.prototype.setState=function(e,t){var n=this.__s;n&&n!=this.state||(n=this.__s=ee({},this.state)),typeof e=="function"&&(e=e(ee({},n),this.props)),e&&(ee(n,e),this.__v&&(t&&this.__k.push(t),Mt(this)))},Me.prototype.forceUpdate=function(e){this.__v&&(this.__g|=4,e&&this.__h.push(e),Mt(this))},Me.prototype.render=De,W=[],Ae=0,Wt=function(e,t){return e.__v.__b-t.__v.__b},Ce=Symbol(),Jt=/(PointerCapture)$|Capture$/i,it=0,rt={},hr=0;var _e,O,tt,At,ot=Object.is,Pe=0,Qt=[],st=[],S=w,Lt=S.__b,jt=S.__r,Pt=S.diffed,Dt=S.__c,qt=S.unmount,Ft=S.__;function dt(e,t){S.__h&&S.__h(O,e,Pe||t),Pe=0;var n=O.__H||(O.__H={__:[],__h:[]});return e>=n.__.length&&n.__.push({}),n.__[e]}function g(e){return Pe=1,xr(en,e)}function xr(e,t,n){var r=dt(_e++,2);if(r.t=e,!r.__c&&(r.__=[n?n(t):en(void 0,t),function(o){var a=(r.__N||r.__)[0],i=r.t(a,o);ot(a,i)||(r.__N=[i,r.__[1]],r.__c.setState({}))}],r.__c=O,!O.__f)){O.__f=!0;var s=O.shouldComponentUpdate;O.shouldComponentUpdate=function(o,a,i){var c=this.__H;if(!c)return!0;var p=!1,u=this.props!=o;if(c.__.some(function(m){m.__N&&(p=!0,ot(m.__[0],m.__N[0])||(u=!0))}),s){var h=s.call(this,o,a,i);return p?h||u:h}return!p||u}}return r.__}function k(e,t){var n=dt(_e++,3);!S.__s&&Xt(n.__H,t)&&(n.__P=!0,n.__=e,n.u=t,O.__H.__h.push(n))}function N(e){return Pe=5,ge(function(){return{current:e}},[])}function ge(e,t){var n=dt(_e++,7);return Xt(n.__H,t)&&(n.__=e(),n.__H=t),n.__}function Sr(){var e;do{for(;e=st.shift();)try{$e(e)}catch(n){S.__e(n,{__:(e=e.__P)&&e.__v})}for(;e=Qt.shift();){var t=e.__H;if(e.__P&&t)try{t.__h.some($e),t.__h.some(at),t.__h=[]}catch(n){t.__h=[],S.__e(n,e.__v)}}}while(st.length)}S.__b=function(e){O=null,Lt&&Lt(e)},S.__=function(e,t){e&&t.__k&&t.__k.__m&&(e.__m=t.__k.__m),Ft&&Ft(e,t)},S.__r=function(e){jt&&jt(e),_e=0;var t=(O=e.__c).__H;t&&(tt==O?O.__h=[]:(t.__h.some($e),t.__h.some(at),_e=0),t.__h=[],t.__.some(function(n){n.__N&&(n.__=n.__N),n.u=n.__N=void 0})),tt=O},S.diffed=function(e){Pt&&Pt(e);var t=e.__c;t&&t.__H&&(t.__H.__h.length&&Ht(Qt.push(t)),t.__H.__.some(function(n){n.u&&(n.__H=n.u)})),tt=O=null},S.__c=function(e,t){t.some(function(n){try{n.__h.some($e),n.__h=n.__h.filter(function(r){return!r.__||at(r)})}catch(r){n.__h=[function(){throw r}]}}),Dt&&Dt(e,t)},S.unmount=function(e){qt&&qt(e);var t,n,r=e.__c;r&&r.__H&&(r.__H.__.some(function(s){try{if(s.__P&&s.__c){if(n===void 0){for(n=e.__;n&&(!n.__c||!n.__c.__P);)n=n.__;n=n&&n.__c}s.__P=n,Ht(st.push(s))}else $e(s)}catch(o){t=o}}),r.__H=void 0,t&&S.__e(t,r.__v))};var It=typeof requestAnimationFrame=="function";function Or(e){var t,n=function(){clearTimeout(r),It&&cancelAnimationFrame(t),setTimeout(e)},r=setTimeout(n,35);It&&(t=requestAnimationFrame(n))}function Ht(e){e!=1&&At==S.requestAnimationFrame||((At=S.requestAnimationFrame)||Or)(Sr)}function $e(e){var t=O,n=e.__c;typeof n=="function"&&(e.__c=void 0,n()),O=t}function at(e){var t=O;e.__c=e.__(),O=t}function Xt(e,t){return!e||e.length!=t.length||t.some(function(n,r){return!ot(n,e[r])})}function en(e,t){return typeof t=="function"?t(e):t}var l=mr.bind(_r);var le={"1h":"1 hour","24h":"24 hours","7d":"7 days","30d":"30 days",month:"This month"},qe={0:"Off",10:"10 s",60:"1 min",300:"5 min"},Fe={"":"System",light:"Light",dark:"Dark"},ie=Object.freeze({board:"spend",range:"30d",since:"",until:"",filters:Object.freeze({}),compare:!1,refresh:0,theme:"",tables:Object.freeze([]),sorts:Object.freeze({}),sql:""}),Tr=15e3;function ce(e){let t=new URLSearchParams(e),n=Nr(t);return{...n,unread:Er(t,n)}}function Nr(e){let t=ye(e.get("since")),n=ye(e.get("until"));return{board:e.get("board")||ie.board,range:t&&n?"custom":ht(le,e.get("range"),ie.range),since:t&&n?t:"",until:t&&n?n:"",filters:tn(e.getAll("filter"),"="),compare:e.get("compare")==="1",refresh:Number(ht(qe,e.get("refresh"),ie.refresh)),theme:ht(Fe,e.get("theme"),ie.theme),tables:(e.get("tables")||"").split(",").filter(Boolean),sorts:Object.fromEntries(Object.entries(tn(e.getAll("sort"),".")).map(([r,[s]])=>[r,s])),sql:e.get("sql")||""}}function Er(e,t){let n={since:t.range==="custom",until:t.range==="custom",range:Object.hasOwn(le,e.get("range")??""),compare:/^[01]$/.test(e.get("compare")??""),refresh:Object.hasOwn(qe,e.get("refresh")??""),theme:Object.hasOwn(Fe,e.get("theme")??"")},r=Object.entries(n).filter(([o,a])=>e.get(o)&&!a),s=["filter=","sort."].flatMap(o=>{let[a,i]=[o.slice(0,-1),o.at(-1)];return e.getAll(a).filter(c=>c.indexOf(i)<1).map(c=>[a,c])});return[...r.map(([o])=>[o,e.get(o)]),...s].map(o=>o.join("="))}function rn(e,t){let n=([o,a])=>t.panels.find(c=>c.name===o)?.columns.some(c=>c.name===a.replace(/^-/,"")),r=Object.entries(e.sorts).filter(o=>t.panels&&!n(o)),s=e.tables.filter(o=>t.panels&&!t.panels.some(a=>a.name===o));return[...e.board===t.name?[]:[`board=${e.board}`],...r.map(([o,a])=>`sort=${o}.${a}`),...s.map(o=>`tables=${o}`)]}var ht=(e,t,n)=>t!==null&&Object.hasOwn(e,t)?t:n;function ye(e){let t=new Date(/[Z+]|-\d\d:\d\d$/.test(e??"")?e:`${e}Z`);return Number.isNaN(t.getTime())?"":t.toISOString().slice(0,16)}function tn(e,t){let n=new Map;for(let r of e){let s=r.indexOf(t);if(s<1)continue;let o=r.slice(0,s);n.set(o,new Set([...n.get(o)??[],r.slice(s+1)]))}return Object.fromEntries([...n].map(([r,s])=>[r,[...s]]))}function Cr(e){let t=new URLSearchParams;e.board!==ie.board&&t.set("board",e.board),e.range==="custom"?(t.set("since",e.since),t.set("until",e.until)):e.range!==ie.range&&t.set("range",e.range);for(let[r,s]of Object.entries(e.filters))for(let o of s)t.append("filter",`${r}=${o}`);e.compare&&t.set("compare","1"),e.refresh&&t.set("refresh",String(e.refresh)),e.theme&&t.set("theme",e.theme),e.tables.length&&t.set("tables",e.tables.join(","));for(let[r,s]of Object.entries(e.sorts))t.append("sort",`${r}.${s}`);e.sql&&e.sql.length<=Tr&&t.set("sql",e.sql);let n=t.toString();return n?`?${n}`:""}function b(e,t={},n=""){let r="board"in t&&t.board!==e.board,s={...e,...r?{tables:[],sorts:{},sql:""}:{},...t};return`./${Cr(s)}${n?`#${n}`:""}`}function ve(e,t,n){let{[t]:r,...s}=e;return n.length?{...s,[t]:n}:s}var te=36e5,Mr={"1h":te,"24h":24*te,"7d":168*te,"30d":720*te};function on(e,t){if(e.range==="custom")return{since:`${e.since}:00Z`,until:`${e.until}:00Z`};let n=new Date(Math.floor(t/te)*te+te),r=new Date(t),s=Date.UTC(r.getUTCFullYear(),r.getUTCMonth(),1),o=new Date(e.range==="month"?s:n.getTime()-Mr[e.range]);return{since:nn(o),until:nn(n)}}var nn=e=>`${e.toISOString().slice(0,19)}Z`;var Ie=class extends Error{constructor(t,n="",r=0){super(t),this.hint=n||"",this.status=r}},ue=[],$t=0,ne=new Map;function Rr(e,t){return new Promise((n,r)=>{let s={order:e,resolve:n};t?.addEventListener("abort",()=>{let o=ue.indexOf(s);o>=0&&ue.splice(o,1),r(t.reason)}),ue.push(s),sn()})}function sn(){$t>=3||!ue.length||(ue.sort((e,t)=>e.order-t.order),$t+=1,ue.shift().resolve())}async function R(e,t,{signal:n,order:r=0}={}){return jr(await He(e,t,{signal:n,order:r}))}async function He(e,t,{signal:n,order:r=0}={}){n?.throwIfAborted(),await Rr(r,n);try{return await Ar(e,t,n)}finally{$t-=1,sn()}}async function Ar(e,t,n){let r=t===void 0?{}:Pr(t),s;try{s=await fetch(e,{...r,signal:n})}catch(c){throw n?.aborted?c:new Ie("the store does not answer","is llmroute up still running?")}s.status===401&&location.reload();let o=await s.text();if(s.ok)return o;let{message:a,hint:i}=Lr(o);throw new Ie(a??`the store answered with status ${s.status}`,i,s.status)}function Lr(e){try{return JSON.parse(e).error??{}}catch{return{}}}var jr=e=>JSON.parse(e,(t,n,r)=>Number.isInteger(n)&&!Number.isSafeInteger(n)?r?.source??String(n):n),Pr=e=>({method:"POST",headers:{"Content-Type":"application/json"},body:JSON.stringify(e)});async function an(e,t,n,r){let s=`${e} ${t} ${JSON.stringify(n)}`;if(!ne.has(s)){let o=await R(t,n,r);ne.size>=300&&ne.delete(ne.keys().next().value),ne.set(s,o)}return ne.get(s)}var ln=(e,t,n)=>ne.get(`${e} ${t} ${JSON.stringify(n)}`);function un(){let[e,t]=g(()=>ce(location.search)),n=(r,{replace:s=!1}={})=>{history[s?"replaceState":"pushState"](null,"",r),t(ce(location.search))};return k(()=>{let r=()=>t(ce(location.search)),s=o=>{let a=Dr(o);if(!a)return;o.preventDefault();let{board:i}=ce(location.search);n(a.href),(ce(location.search).board!==i||a.hash&&!("stays"in a.dataset))&&we(a.hash.slice(1))};return addEventListener("popstate",r),document.addEventListener("click",s),()=>{removeEventListener("popstate",r),document.removeEventListener("click",s)}},[]),[e,n]}function Dr(e){let t=e.target.closest?.("a[href]"),n=e.button===0&&!(e.metaKey||e.ctrlKey||e.shiftKey||e.altKey);return!t||!n||e.defaultPrevented||t.target||t.hasAttribute("download")?null:t.origin===location.origin&&t.pathname===location.pathname?t:null}var cn=()=>{};function we(e){cn(),requestAnimationFrame(()=>{let t=e&&document.getElementById(e);if(!t)return scrollTo(0,0);t.scrollIntoView(),t.focus({preventScroll:!0}),cn=Fr(t)})}var qr=["wheel","touchmove","pointerdown","keydown","popstate"];function Fr(e){let t=new AbortController,n=()=>e.scrollIntoView(),r=new ResizeObserver(n);r.observe(e.parentElement);let s=0,o=setInterval(()=>{s=document.querySelector("#board [aria-busy=true]")?0:s+1,!(s<3)&&(n(),t.abort())},200);t.signal.addEventListener("abort",()=>{r.disconnect(),clearInterval(o)});for(let a of qr)addEventListener(a,()=>t.abort(),{signal:t.signal,passive:!0});return()=>t.abort()}function fn(e){let[t,n]=g(()=>({now:Date.now(),generation:0})),r=()=>n(({generation:s})=>({now:Date.now(),generation:s+1}));return k(()=>{if(!e)return;let s=!1,o=setInterval(()=>document.hidden?s=!0:r(),e*1e3),a=()=>{!document.hidden&&s&&r(),s=!1};return document.addEventListener("visibilitychange",a),()=>{clearInterval(o),document.removeEventListener("visibilitychange",a)}},[e]),[t,r]}function A(e,t,{generation:n,order:r=0,isWanted:s=!0}){let o=JSON.stringify(t),[a,i]=g({});k(()=>{if(!s)return;let u=new AbortController,h=m=>!u.signal.aborted&&i({key:o,generation:n,...m});return an(n,e,t,{signal:u.signal,order:r}).then(m=>h({answer:m}),m=>h({error:m})),()=>u.abort()},[e,o,n,s]);let c=ln(n,e,t);if(c)return{answer:c,isAsking:!1};let p=a.key===o;return{answer:p||!a.error?a.answer:void 0,error:p&&a.generation===n?a.error:void 0,isAsking:s&&!(p&&a.generation===n),isOld:!p&&!!a.answer}}function Be(e=!1){let t=N(null),[n,r]=g(e);return k(()=>{if(n||!t.current)return;let s=new IntersectionObserver(o=>o.some(a=>a.isIntersecting)&&r(!0),{rootMargin:"400px 0px"});return s.observe(t.current),()=>s.disconnect()},[n]),[t,n]}function Ue(e,t,n){k(()=>{if(!t)return;let r=o=>o.key==="Escape"&&n(!0),s=o=>!e.current?.contains(o.target)&&n(!1);return document.addEventListener("keydown",r),document.addEventListener("pointerdown",s),()=>{document.removeEventListener("keydown",r),document.removeEventListener("pointerdown",s)}},[t])}function Ir(e){let[t,n=""]=Hr(e).split(".");return{units:BigInt(t+n),places:n.length}}function Hr(e){let t=String(e);return/e/i.test(t)?Number(t).toFixed(18):t.replace(/^\+/,"")}var re=24;function E(e){let{units:t,places:n}=Ir(e);return n<=re?t*10n**BigInt(re-n):t/10n**BigInt(n-re)}var fe=e=>e<0n?-e:e;function pn(e,t){let n=10n**BigInt(re-t),r=fe(E(e)),s=r%n,o=r/n;return s*2n===n?o+o%2n:s*2n>n?o+1n:o}function mn(e){let t=e.reduce((s,o)=>s+E(o),0n),n=fe(t).toString().padStart(re+1,"0"),r=`${n.slice(0,-re)}.${n.slice(-re)}`.replace(/\.?0+$/,"");return t<0n?`-${r}`:r}function dn(e,t){if(e==null||t===null||t===void 0)return null;let n=E(t);return n===0n?null:Number((E(e)-n)*1000000n/fe(n))/1e6}function oe(e,t){if(Math.abs(e)*2**(t+1)%2!==1)return e.toFixed(t);let r=Math.floor(Math.abs(e)*10**t),s=r+r%2;return`${e<0?"-":""}${(s/10**t).toFixed(t)}`}var F="-",Br={USD:"$",EUR:"\u20AC",GBP:"\xA3",JPY:"\xA5"},Ur=["spend","cost_per_call","per_1k_calls","cost_per_job","cost_per_success","forecast","forecast_low","forecast_high"];function z(e){let t=0n;for(let n of e){if(n==null)continue;let r=fe(E(n));r>t&&(t=r)}return t>=E("100")?2:t>=E("0.01")||t===0n?4:6}function P(e,t,n){if(e==null)return F;let r=Br[t]??(t?`${t} `:""),s=E(e);if(s===0n)return`${r}0`;let o=`0.${"0".repeat(n-1)}1`;if(fe(s)<E(o))return`<${r}${o}`;let a=pn(e,n).toString().padStart(n+1,"0"),i=a.slice(0,-n).replace(/\B(?=(\d{3})+$)/g,",");return`${s<0n?"-":""}${r}${i}.${a.slice(-n)}`}function L(e){if(e==null)return F;for(let[t,n,r]of[[1e9,1e9,"G"],[1e6,1e6,"M"],[1e4,1e3,"k"]])if(e>=t)return`${oe(e/n,1)}${r}`;return String(e)}function _t(e){return e==null?F:e>0&&e<.005?"<1%":`${oe(e*100,0)}%`}function bt(e){if(e==null)return F;let t=oe(e*100,0);return`${t.startsWith("-")?"":"+"}${t}%`}function Wr(e){return e==null?F:e<1e3?`${oe(e,0)}ms`:`${oe(e/1e3,1)}s`}function ke(e){return"spend"in e&&["unpriced","partly_priced","no_usage"].some(t=>e[t])}var Jr=["gross_margin","margin_share"];function We(e,t){return t[e]===null||t[e]===void 0||!ke(t)?"":Ur.includes(e)?"+?":Jr.includes(e)?"-?":""}function K(e,t,n){let{name:r,unit:s}=e,o=t[r];return s==="money"?o==null?zr(r,t):P(o,t.currency,n)+We(r,t):o==null?F:s==="share"?(r==="change"?bt(o):_t(o))+We(r,t):s==="count"?L(o):s==="seconds"?Wr(o*1e3):s==="minutes"?`${Number(o.toPrecision(6))} min`:s==="number"?oe(o,1):String(o)||"(none)"}function zr(e,t){return e==="forecast"&&t.spend!==null&&t.spend!==void 0?"too early":e==="spend"&&t.unpriced?"unpriced":F}var C=e=>e.unit!=="text"&&e.unit!=="time";function G(e,t){let n=e.filter(r=>r.unit==="money");return Object.fromEntries(n.map(({name:r})=>[r,z(t.map(s=>s[r]))]))}function Je(e){if(e.chart==="time"||e.chart==="waterfall")return e.rows;let t=[...new Set(e.rows.map(r=>r.currency??null))],n=r=>t.indexOf(r.currency??null);return[...e.rows].sort((r,s)=>n(r)-n(s))}var j=e=>[...new Set(e.map(t=>t.currency??null))];var Kr={tenant:"customer",attempt:"attempt reason"},V=e=>Kr[e]??e,Gr=50;function hn({view:e,names:t}){let{state:n}=e,r=Object.entries(n.filters);return l`<div class="filters" role="group" aria-label="Filters">
    ${r.map(([s,o])=>l`<${Vr} key=${s} view=${e} name=${s} values=${o} />`)}
    <${Zr} view=${e} names=${t} />
    ${r.length>1&&l`<a class="quiet" href=${b(n,{filters:{}})}>Remove all</a>`}
  </div>`}function Vr({view:e,name:t,values:n}){let{state:r}=e,s=n.map(o=>o||"(none)").join(" or ");return l`<span class="chip">
    <span><b>${V(t)}</b> ${s}</span>
    <a
      href=${b(r,{filters:ve(r.filters,t,[])})}
      aria-label=${`Remove the filter ${V(t)} ${s}`}
      >×</a
    >
  </span>`}function Zr({view:e,names:t}){let[n,r]=g(!1),[s,o]=g(t[0]),a=N(null),i=N(null);return Ue(a,n,c=>{r(!1),c&&i.current.focus()}),l`<span class="opener" ref=${a}>
    <button
      type="button"
      class="adder"
      ref=${i}
      aria-expanded=${n?"true":"false"}
      onClick=${()=>r(!n)}
    >+ Filter</button>
    ${n&&l`<div class="sheet picker" role="group" aria-label="Choose a filter">
      <label for="filter-name">By</label>
      <select id="filter-name" value=${s} onChange=${c=>o(c.target.value)}>
        ${t.map(c=>l`<option value=${c}>${V(c)}</option>`)}
      </select>
      <${Yr} key=${s} view=${e} name=${s} />
    </div>`}
  </span>`}function Yr({view:e,name:t}){let{state:n,go:r,period:s,generation:o}=e,[a,i]=g(""),c=Xr(a),p={filter:t,since:s.since,until:s.until,limit:Gr,...c?{contains:c}:{}},{answer:u,error:h}=A("api/values",p,{generation:o,order:-1}),m=n.filters[t]??[],f=$=>r(b(n,{filters:ve(n.filters,t,$)})),d=$=>{$.preventDefault(),a&&!m.includes(a)&&f([...m,a]),i("")},_=u?.values??[];return l`<form onSubmit=${d}>
      <label class="unseen" for="filter-text">Find, or type a value</label>
      <input
        id="filter-text"
        type="search"
        autocomplete="off"
        placeholder="Find, or type a value and press Enter"
        value=${a}
        onInput=${$=>i($.target.value)}
      />
    </form>
    <ul class="values" aria-label=${`Values of ${V(t)}`}>
      ${[...m.filter($=>!_.includes($)),..._].map($=>l`<li key=${$}><label>
          <input
            type="checkbox"
            checked=${m.includes($)}
            onChange=${v=>f(v.target.checked?[...m,$]:m.filter(y=>y!==$))}
          />
          <span>${$||"(none)"}</span>
        </label></li>`)}
    </ul>
    <p class="hint" aria-live="polite">${Qr(u,h,a)}</p>`}function Qr(e,t,n){return t?t.message:e?e.has_more?"There are more: type to find them.":e.values.length?"":n?"Not seen in this period. Enter takes it anyway.":"None seen in this period.":"Looking \u2026"}function Xr(e){let[t,n]=g(e);return k(()=>{let r=setTimeout(()=>n(e),200);return()=>clearTimeout(r)},[e]),t}var eo=500,to=[{name:"cheaper",board:"routes",panels:["cheaper"],title:"Cheaper model",mark:"if",found:ao,none:"No route could answer on a cheaper model that is used here."},{name:"waste",board:"routes",panels:["waste"],title:"Answers nobody used",mark:"",found:io,none:"No attempt was billed whose answer nobody used."},{name:"fallbacks",board:"routes",panels:["fallbacks"],title:"Fallbacks",mark:"est.",found:lo,none:"No fallback cost more than a first choice."},{name:"margin",board:"jobs",panels:["tenant","job"],title:"Worst margin",mark:"",found:uo,none:"No customer and no kind of job is known to cost more than it earns."}];function $n({view:e}){return l`<section class="panel wide leaks" aria-labelledby="leaks">
    <header><div><h2 id="leaks">Where it leaks</h2><p>What could be saved first, and where?</p></div></header>
    <ul>
      ${to.map((t,n)=>l`<${no} key=${t.name} view=${e} finding=${t} order=${4+n} />`)}
    </ul>
  </section>`}function no({view:e,finding:t,order:n}){let{since:r,until:s}=e.period,{board:o,panels:a}=t,i=a.map(d=>{let _={board:o,panel:d,since:r,until:s,filters:e.state.filters,limit:eo};return A("api/panel",_,{generation:e.generation,order:n})}),c=i.find(d=>d.error)?.error,p=!c&&!i.every(({answer:d})=>d),u=p||c?[]:i.map(({answer:d})=>d),h=ro(t,u),m=u[0]?.filters_not_taken??[],f=b(e.state,{board:o},h[0]?.row.of??a[0]);return l`<li
    data-finding=${t.name}
    aria-busy=${p?"true":"false"}
    data-old=${i.some(({isOld:d})=>d)?"true":void 0}
  >
    <a href=${f}>
      <span class="label">${t.title}</span>
      ${p&&l`<span class="skeleton"></span>`} ${c&&l`<span class="says">${c.message}</span>`}
      ${u.length>0&&l`<${oo} finding=${t} said=${h} />`}
      ${m.length>0&&l`<span class="label">Not narrowed to ${m.map(V).join(", ")}.</span>`}
    </a>
  </li>`}function ro(e,t){let n=t.flatMap(r=>r.rows.map(s=>({...s,of:r.panel})));return j(n).map(r=>e.found(n.filter(s=>(s.currency??null)===r))).filter(Boolean)}function oo({finding:e,said:t}){return t.length?t.map(({amount:n,row:r,says:s})=>l`<span class="amount">
        ${P(n,r.currency,z([n]))}
        ${e.mark&&l`${" "}<small class="mark">${e.mark}</small>`}
      </span>
      <span class="says">${s}</span>`):l`<span class="says">${e.none}</span>`}var pe=e=>l`<b>${e||"(none)"}</b>`,_n=e=>e!==null&&Number(e)>0,so=e=>P(e.spend,e.currency,z([e.spend]));function ao([e]){if(!e)return null;let t=e.model===e.other_model?`${e.other_model}, ${e.other_tier||"other tier"}`:e.other_model;return{amount:e.saved,row:e,says:l`would be saved of ${so(e)} by moving ${pe(e.name)} from ${pe(e.model)} to ${pe(t)}`}}function io([e]){return!e||!_n(e.spend)?null:{amount:e.spend,row:e,says:l`was billed on ${pe(e.name)} for answers that were ${e.outcome}`}}function lo([e]){return!e||!_n(e.premium)?null:{amount:e.premium,row:e,says:l`more was paid on ${pe(e.name)}, where another model had to answer`}}var co={tenant:"customer",job:"job"};function uo(e){let t=e.filter(o=>o.gross_margin!==null&&E(o.gross_margin)<0n);if(!t.length)return null;let n=t.reduce((o,a)=>E(a.gross_margin)<E(o.gross_margin)?a:o),r=n.margin_share===null?"":`, a margin of ${_t(n.margin_share)}`,s=P(n.revenue,n.currency,z([n.revenue]));return{amount:n.gross_margin,row:n,says:l`is left of ${s} that the ${co[n.of]} ${pe(n.name)} brought in${r}`}}function se(){let{answer:e,error:t}=A("api/health",void 0,{generation:0});return e??(t?{}:null)}var gt=()=>/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);function ae(e){return gt()?e.needs_data?` --data ${ze(e.data)}`:"":` --url ${location.origin}`}function bn(e){let{protocol:t,hostname:n,port:r}=new URL(e.otlp_http),s=/^(0\.0\.0\.0|\[::\])$/.test(n)?location.hostname:n;return[`OTEL_EXPORTER_OTLP_ENDPOINT=${t}//${s}:${r}`,"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",...e.needs_token?["OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN"]:[]].join(" ")}function gn(e,{provider:t,model:n,service_tier:r}){let s=["llmroute prices set"];return t&&s.push(`--provider ${ze(t)}`),s.push(`--model ${ze(n)}`),r&&s.push(`--tier ${ze(r)}`),`${s.join(" ")} --input-per-mtok PRICE --output-per-mtok PRICE${ae(e)}`}var yn=(e,{since:t})=>`llmroute reprice --since ${t.slice(0,16)} --only unpriced${ae(e)}`,ze=e=>/^[\w./:@-]+$/.test(e)?e:`'${e.replaceAll("'","'\\''")}'`;function D({error:e,again:t}){return l`<div class="trouble" role="alert">
    <p><strong>${e.message}</strong>${e.hint&&l`<span class="hint">Try: ${e.hint}</span>`}</p>
    ${t&&l`<button type="button" class="quiet" onClick=${t}>Ask again</button>`}
  </div>`}function vn(){let e=se();return e?l`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">Nothing has arrived yet</h2>
    ${gt()&&l`<p>Put <code>llmroute run</code> before your application. It needs no change of code:</p>
      <${I} text=${`llmroute run${ae(e)} -- python app.py`} />`}
    ${e.otlp_http&&l`<p>An application that sends OpenTelemetry already sends it here with:</p>
      <${I} text=${bn(e)} />
      ${e.needs_token&&l`<p><code>TOKEN</code> is the token of this store, which commands read from <code>LLMROUTE_TOKEN</code>.</p>`}`}
    <p>If calls were made and nothing shows, this says why:</p>
    <${I} text=${`llmroute doctor${ae(e)}`} />
  </section>`:null}function wn(){return l`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">No jobs yet</h2>
    <p>
      Calls have arrived, and none of them is part of a job: a unit of work that a customer pays for. After${" "}
      <code>import otel_llmroute as llmroute</code>, put this line around what one takes:
    </p>
    <${I} text=${'with llmroute.job("resolve_ticket", revenue="1.00") as job:'} what="line" />
    <p>Then this board shows what such a job costs, and what is left of its revenue.</p>
  </section>`}function Ke({state:e,what:t=""}){let n=Object.keys(e.filters).length>0,r={"1h":"24h","24h":"7d","7d":"30d",month:"30d",custom:"30d"}[e.range];return l`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">${t?`No ${t}`:"Nothing"} in this period${n&&" that meets these filters"}</h2>
    <p>
      The store holds ${t?`${t}s`:"records"}, but none that began in it${n&&" and meet them all"}.
    </p>
    <p class="ways">
      ${r&&l`<a class="button" href=${b(e,{range:r})}>Show ${le[r].toLowerCase()}</a>`}
      ${n&&l`<a class="button" href=${b(e,{filters:{}})}>Remove the filters</a>`}
      ${!r&&!n&&l`<span>Choose an earlier period: <em>Custom</em> above.</span>`}
    </p>
  </section>`}function I({text:e,what:t="command"}){return l`<span class="command"><code>${e}</code><${yt} text=${e} what=${t} /></span>`}function yt({text:e,what:t}){let[n,r]=g("");return l`<button type="button" class="quiet" onClick=${async()=>{r(await fo(e)?"Copied":"Press Ctrl+C"),setTimeout(()=>r(""),2500)}} aria-label=${`Copy the ${t}`}>
    <span aria-live="polite">${n||"Copy"}</span>
  </button>`}async function fo(e){try{return await navigator.clipboard.writeText(e),!0}catch{return!1}}var po={estimate:["est.","An estimate: worked out from what is like it."],counterfactual:["if","Counterfactual: what did not happen."]};function H({column:e}){let[t,n]=po[e.figures]??[];return l`${e.heading}${t&&l`${" "}<abbr class="mark" title=${n}>${t}</abbr>`}`}function B({view:e,panel:t,column:n,row:r,decimals:s}){let o=K(n,r,s),a=go(e,t,n,r);return a?l`<a href=${a} title=${o}>${xn(n)?o.slice(0,8):o}</a>`:mo(e,t,n)?l`<${ho} view=${e} id=${r.name} />`:n.unit==="money"&&o==="unpriced"?l`<${$o} view=${e} />`:n.name==="level"?l`<span class=${`level ${o}`}>${o}</span>`:n.name==="used"&&r.used!==null?l`${o}<${bo} part=${r.used} level=${r.level} />`:n.unit==="money"&&r[n.name]!==null?l`<${_o} text=${o} exact=${r[n.name]} />`:C(n)?l`<${Sn} text=${o} />`:l`<span class=${o===F||o==="(none)"?"faint":""} title=${o}>${o}</span>`}var xn=e=>e.name==="last_trace",mo=({state:e},t,n)=>e.board==="jobs"&&t.name==="dearest"&&n.name==="name";function ho({view:e,id:t}){let[n,r]=g(""),{state:s,go:o,period:a}=e;return l`<button type="button" class="link" onClick=${async()=>{r("\u2026");try{let{traces:c}=await R("api/traces",{job_id:t,...a},{order:-1});c.length?(o(b(s,{board:"trace",filters:{trace:c}})),we("waterfall")):r("no call or route of it in this period")}catch(c){r(c.message)}}} title=${`What happened in ${t}`}>${t}</button>
    <small class="before" role="status">${n}</small>`}function $o({view:e}){return l`<a class="unpriced" href=${b(e.state,{board:"models"},"unpriced")}>unpriced</a>`}var _o=({text:e,exact:t})=>l`<${Sn} text=${e} title=${t} />`;function Sn({text:e,title:t}){let n=Object.keys(On).find(r=>e.endsWith(r));return!n&&!t?e:l`<span title=${t}>${n?e.slice(0,-n.length):e}</span>${n&&l`<${vt} mark=${n} />`}`}var On={"+?":["or more","At least this: some of it has no price, one in part, or no report of usage."],"-?":["or less","At most this: some of what was spent has no price, one in part, or no report of usage."]};function vt({mark:e}){let[t,n]=On[e];return l`<span class="at-least" role="img" aria-label=${t} title=${n}>${e}</span>`}function bo({part:e,level:t}){return l`<span class="meter"><span class=${t} style=${{width:`${Math.min(100,100*e)}%`}}></span></span>`}function go(e,t,n,r){let{state:s}=e,o=r[n.name];if(xn(n)&&o)return kn(s,o);if(n.name!=="name"||!t.drill||o===null||o===void 0)return"";if(t.drill==="trace")return kn(s,o);let a=s.filters[t.drill]??[];return t.drill_board===s.board&&a.length===1&&a[0]===String(o)?b(s,{board:"trace"}):b(s,{board:t.drill_board,filters:ve(s.filters,t.drill,[String(o)])})}var kn=(e,t)=>b(e,{board:"trace",filters:{trace:[t]}});function me({column:e,row:t,decimals:n,isBrief:r}){if(!("before"in t)||!t.before||!C(e))return null;let s={...t,...t.before},o=K(e,s,n),a=e.unit==="share"?null:dn(t[e.name],s[e.name]);return r&&a===null?null:l`<small class="before" title=${`${o} in the period before`}>
    ${!r&&l`${o} `}${a!==null&&l`<span class="delta">${yo(a)}</span>`}
  </small>`}var Ge=e=>e.before===null,yo=e=>e<9?bt(e):`\xD7${L(Math.round(e+1))}`;var vo=8,Tn=3,wo=2,ko=2;function Nn({view:e,panel:t,answer:n}){let r=Je(n),s=Co(r),o=xo(t,n),a={view:e,panel:t,...o,decimals:G(o.numbers,r),largest:Eo(r,t)};return l`<table class="bars">
      <thead>
        <tr>
          <th scope="col">${o.names.map(({heading:i})=>i).join(", ")}</th>
          ${o.numbers.map(i=>l`<th key=${i.name} scope="col" class="number"><${H} column=${i} /></th>`)}
        </tr>
      </thead>
      <tbody>
        ${s.map((i,c)=>l`
            ${Mo(s,c)&&l`<${To} row=${i} />`}
            <${So} key=${c} row=${i} ...${a} />
          `)}
      </tbody>
    </table>
    ${s.length<r.length&&l`<${No} view=${e} panel=${t} answer=${n} />`}`}function xo(e,t){let n=t.columns.find(({name:o})=>o===e.value),r=t.columns.filter(o=>C(o)&&o!==n);return{names:t.columns.filter(o=>!C(o)).slice(0,ko),numbers:[n,...r.slice(0,wo)]}}function So({view:e,panel:t,row:n,names:r,numbers:s,decimals:o,largest:a}){let i=c=>({column:c,row:n,decimals:o[c.name]});return l`<tr>
    <th scope="row">
      <span class="names">
        ${r.map((c,p)=>l`<span key=${c.name} class=${p?"second":"first"}>
            <${B} view=${e} panel=${t} ...${i(c)} />
          </span>`)}
        ${Ge(n)&&l`<small class="new">new</small>`}
      </span>
      <${Oo} amount=${n[t.value]} largest=${a.get(n.currency)} />
    </th>
    ${s.map(c=>l`<td key=${c.name} class="number">
        <${B} view=${e} panel=${t} ...${i(c)} />
        <${me} ...${i(c)} isBrief=${!0} />
      </td>`)}
  </tr>`}function Oo({amount:e,largest:t}){let n=Number(e??0),r=n&&t?Math.max(1,100*Math.abs(n)/t):0;return l`<span class=${`bar ${n<0?"below":""}`} style=${{width:`${r}%`}}></span>`}function To({row:e}){return l`<tr class="group">
    <th scope="rowgroup">${e.currency??"No currency"}</th>
  </tr>`}function No({view:e,panel:t,answer:n}){let r=b(e.state,{tables:[...e.state.tables,t.name]},t.name);return l`<a class="quiet more" href=${r}>All ${n.rows.length}${n.has_more?"+":""} rows</a>`}function Eo(e,t){let n=new Map;for(let r of e){let s=Math.abs(Number(r[t.value]??0));n.set(r.currency,Math.max(n.get(r.currency)??0,s))}return n}function Co(e){let t=j(e),n=t.filter(o=>o!==null).length,r=Math.max(Tn,Math.ceil(vo/Math.max(1,n))),s=o=>o===null&&n?Tn:r;return t.flatMap(o=>e.filter(a=>(a.currency??null)===o).slice(0,s(o)))}function Mo(e,t){return j(e).length>1&&(t===0||e[t-1].currency!==e[t].currency)}var Ro,Ao=()=>Ro??=import("./vendor/echarts.js"),Lo=560;function Ve({label:e,height:t,optionOf:n,changes:r}){let[s,o]=Be(),a=N(null),[i,c]=g(0),[p,u]=g(!1);return k(()=>Po(()=>c(h=>h+1)),[]),k(()=>{if(!o)return;let h=!0;return Ao().then(({init:m})=>{!h||!s.current||(a.current??=jo(m,s.current),a.current.setOption(n(Do(s.current),{width:s.current.clientWidth,isNarrow:p}),{notMerge:!0}))}),()=>{h=!1}},[o,i,p,r]),k(()=>{let h=new ResizeObserver(([{contentRect:m}])=>{u(m.width<Lo),a.current?.resize()});return h.observe(s.current),()=>{h.disconnect(),a.current?.dispose()}},[]),l`<div class="chart" ref=${s} role="img" aria-label=${e} style=${{height:`${t}px`}}></div>`}function jo(e,t){let n=e(t,null,{renderer:"canvas"});return n.on("finished",()=>t.setAttribute("data-drawn","true")),n}function Po(e){let t=matchMedia("(prefers-color-scheme: dark)");t.addEventListener("change",e);let n=new MutationObserver(e);return n.observe(document.documentElement,{attributeFilter:["data-theme"]}),()=>{t.removeEventListener("change",e),n.disconnect()}}var En=["text","faint","line","card","series-1","series-2","series-3","series-4","series-5","series-6"];function Do(e){let t=e.ownerDocument.createElement("span");e.append(t);let n={};for(let a of En)t.style.color=`var(--${a})`,n[a]=getComputedStyle(t).color;let{fontFamily:r}=getComputedStyle(e);t.remove();let s=En.filter(a=>a.startsWith("series")).map(a=>n[a]),o=matchMedia("(prefers-reduced-motion: reduce)").matches;return{...n,series:s,fontFamily:r,animation:!o}}function Ze(e){return{animation:e.animation,animationDuration:250,color:e.series,textStyle:{fontFamily:e.fontFamily,color:e.faint,fontSize:12},tooltip:{renderMode:"richText",confine:!0,backgroundColor:e.card,borderColor:e.line,textStyle:{color:e.text,fontSize:12}}}}var Ye=["requested_model","selected_model","served_model"],qo=40,Cn=32;function Mn({panel:e,answer:t}){let{nodes:n,links:r}=Fo(t.rows,e.value),s=Ye.map(i=>t.columns.find(({name:c})=>c===i)?.heading??i),o=Math.max(...Ye.map((i,c)=>n.filter(({depth:p})=>p===c).length)),a=`${s.join(", ")}: ${r.slice(0,10).map(i=>`${Z(i.source)} to ${Z(i.target)} ${i.value}`).join("; ")}`;return l`<div class="stages" aria-hidden="true">${s.map(i=>l`<span>${i}</span>`)}</div>
    <${Ve} height=${Math.max(160,44*o)} label=${a} changes=${t} optionOf=${(i,c)=>Bo(n,r,i,c)} />`}function Fo(e,t){let n=new Map;for(let o of e)for(let a of[0,1]){let[i,c]=[`${a}:${o[Ye[a]]??""}`,`${a+1}:${o[Ye[a+1]]??""}`],p=JSON.stringify([i,c]),u=n.get(p)??{source:i,target:c,value:0};n.set(p,{...u,value:u.value+o[t]})}let r=[...n.values()].sort((o,a)=>a.value-o.value).slice(0,qo);return{nodes:[...new Set(r.flatMap(({source:o,target:a})=>[o,a]))].map(o=>({name:o,depth:Number(o[0])})),links:r}}var Z=e=>e.slice(2)||"(not said)",Io=e=>{let t=[...Z(e)];return t.length>Cn?`${t.slice(0,Cn-1).join("")}\u2026`:t.join("")};function Ho(e,{width:t,isNarrow:n}){if(!n)return{position:e===2?"left":"right"};let r={width:Math.floor(t/3)-8,overflow:"truncate",verticalAlign:"bottom"};return e===1?{...r,position:"top",align:"center"}:{...r,position:[e?Rn:0,-2],align:e?"right":"left"}}var Rn=10;function Bo(e,t,n,r){let s=[...new Set(e.map(({name:i})=>Z(i)))],o=i=>n.series[s.indexOf(Z(i))%n.series.length],a=Ze(n);return{...a,tooltip:{...a.tooltip,formatter:({dataType:i,data:c,name:p,value:u})=>i==="edge"?`${Z(c.source)} \u2192 ${Z(c.target)}
${L(c.value)} calls`:`${Z(p)}
${L(u)} calls`},series:[{type:"sankey",left:4,right:4,top:r.isNarrow?22:8,bottom:8,nodeWidth:Rn,nodeGap:r.isNarrow?24:12,draggable:!1,emphasis:{focus:"adjacency"},data:e.map(i=>({...i,itemStyle:{color:o(i.name),borderWidth:0},label:Ho(i.depth,r)})),links:t,label:{color:n.text,fontSize:12,formatter:({name:i,value:c})=>`${Io(i)}  ${L(c)}`},lineStyle:{color:"gradient",opacity:.28,curveness:.5}}]}}function An({view:e,panel:t,answer:n}){let r=n.columns.find(({name:i})=>i===t.value)??n.columns[0],s=n.columns.filter(i=>i!==r),o=G(n.columns,n.rows),a=(i,c)=>l`<${B} view=${e} panel=${t} column=${i} row=${c} decimals=${o[i.name]} />
    <${me} column=${i} row=${c} decimals=${o[i.name]} />`;return n.rows.map((i,c)=>l`<dl class="figures" key=${c}>
      <div class="large"><dt><${H} column=${r} /></dt><dd>${a(r,i)}</dd></div>
      ${s.map(p=>l`<div key=${p.name}>
          <dt><${H} column=${p} /></dt>
          <dd>${a(p,i)}</dd>
        </div>`)}
    </dl>`)}var Uo=864e5,wt=36e5,Wo=72;function jn({panel:e,answer:t}){let n=Jo(t),r=j(t.rows),s=r.map(i=>{let c=t.rows.filter(p=>(p.currency??null)===i);return l`<${Ve}
      key=${i}
      height=${r.length>1?160:220}
      label=${zo(e,c,i)}
      changes=${t}
      optionOf=${p=>Ko(e,t,n,c,p)}
    />`});if(!t.compared_with)return s;let[o,a]=[t.compared_with.since,t.compared_with.until].map(i=>i.slice(0,16).replace("T"," "));return l`${s}<p class="hint">Dashed: the period before, ${o} to ${a} UTC.</p>`}function Jo(e){let[t,n]=[Date.parse(e.since),Date.parse(e.until)],r=n-t<=Wo*wt?wt:Uo,s=[];for(let o=Math.floor(t/r)*r;o<n;o+=r)s.push(new Date(o).toISOString().slice(0,16).replace("T"," "));return s.length<=5e3?s:e.rows.map(({time:o})=>o)}var Ln=({length:e})=>`${e} step${e===1?"":"s"}`;function zo(e,t,n){let r=t.filter(a=>a[e.value]!==null);if(!r.length)return`${e.title}: ${Ln(t)}, none with a price`;let s=r.reduce((a,i)=>Number(i[e.value])>Number(a[e.value])?i:a),o=P(s[e.value],n,z([s[e.value]]));return`${e.title}: ${Ln(t)} from ${t[0].time} to ${t.at(-1).time} UTC, most at ${s.time}: ${o}`}function Ko(e,t,n,r,s){let o=new Map(r.map(d=>[d.time,d])),a=d=>o.get(d),i=Go(t,n,r),c=t.columns.find(({name:d})=>d===e.value),p=z(r.map(d=>d[e.value])),u=n.every(d=>d.endsWith("00:00")),h=Ze(s);return{...h,grid:{left:8,right:8,top:12,bottom:4,containLabel:!0},tooltip:{...h.tooltip,trigger:"axis",axisPointer:{type:"shadow"},formatter:([{dataIndex:d}])=>f(n[d])},xAxis:{type:"category",data:n,axisTick:{show:!1},axisLine:{lineStyle:{color:s.line}},axisLabel:{color:s.faint,hideOverlap:!0,formatter:d=>u?d.slice(5,10):d.slice(11)}},yAxis:{type:"value",splitNumber:4,splitLine:{lineStyle:{color:s.line}},axisLabel:{color:s.faint,formatter:d=>Vo(d,r[0]?.currency)}},series:[{type:"bar",barMaxWidth:28,itemStyle:{color:s.series[0],borderRadius:[2,2,0,0]},data:m(a)},...t.compared_with?[{type:"line",step:"middle",symbol:"circle",symbolSize:5,itemStyle:{color:s.series[1]},lineStyle:{color:s.series[1],width:1.5,type:"dashed"},data:m(i)}]:[]]};function m(d){return n.map(_=>{let $=d(_)?.[e.value]??null;return $===null?null:Number($)})}function f(d){let _=o.get(d),$=t.compared_with?`
Before ${i(d)?K(c,i(d),p):"no calls"}`:"";return _?`${d} UTC
${c.heading} ${K(c,_,p)}
Calls ${L(_.requests)}${$}`:`${d} UTC
no calls${$}`}}function Go(e,t,n){let r=new Map(n.filter(a=>a.before).map(a=>[a.time,{...a,...a.before}])),s=Date.parse(`${t[1]??t[0]}Z`)-Date.parse(`${t[0]}Z`)||wt,o=Math.floor((Date.parse(e.until)-Date.parse(e.since))/s)*s;for(let a of e.gone??[]){if((a.currency??null)!==(n[0].currency??null))continue;let i=new Date(Date.parse(`${a.time}Z`)+o).toISOString().slice(0,16).replace("T"," ");r.set(i,a)}return a=>r.get(a)}function Vo(e,t){let n=String(Number(e.toPrecision(6))),r=Math.max(1,(n.split(".")[1]??"").length),s=P(n,t,r);return n.includes(".")?s:s.replace(/\.0$/,"")}var kt={job:0,route:1,decision:2,attempt:2,charge:2};function Pn({view:e,panel:t,answer:n}){return[...new Set(n.rows.map(({name:s})=>s))].map(s=>{let o=n.rows.filter(({name:a})=>a===s);return l`<div class="trace" key=${s}>
      <p class="trace-id"><span>Trace</span> <code>${s}</code></p>
      <${Zo} view=${e} panel=${t} answer=${n} rows=${o} />
    </div>`})}function Zo({view:e,panel:t,answer:n,rows:r}){let o=[...n.columns.filter(({name:i})=>!["name","kind","label"].includes(i))].sort((i,c)=>(c.unit==="money")-(i.unit==="money")),a={view:e,panel:t,columns:o,whole:Math.max(...r.map(qn),1e-9),decimals:G(o,n.rows)};return l`<div class="scroll" role="region" tabindex="0" aria-label="Records of the trace">
    <table class="waterfall">
      <thead>
        <tr>
          <th scope="col">Record</th>
          ${o.map((i,c)=>l`${c===1&&l`<th scope="col">When</th>`}
                <th key=${i.name} scope="col" class=${Dn(i)}><${H} column=${i} /></th>`)}
        </tr>
      </thead>
      <tbody>
        ${ns(r).map(i=>l`<${Yo} key=${i.row.span} ...${i} ...${a} />`)}
      </tbody>
    </table>
  </div>`}function Yo({row:e,depth:t,below:n,columns:r,...s}){let{kind:o}=e,a=`${o} ${e.label}, level ${t+1}`;return l`<tr data-kind=${o}>
    <th scope="row" style=${{paddingInlineStart:`${.75+t*1.1}rem`}} aria-label=${a}>
      <span class="kind">${o}</span> ${e.label||"(none)"}
    </th>
    ${r.map((i,c)=>{let p={column:i,decimals:s.decimals[i.name]},u=i.unit==="money"&&n.length;return l`${c===1&&l`<${Qo} row=${e} whole=${s.whole} />`}<td key=${i.name} class=${Dn(i)}>
        ${u?l`<${Xo} rows=${n} ...${p} />`:l`<${B} view=${s.view} panel=${s.panel} row=${e} ...${p} />`}
      </td>`})}
  </tr>`}var Qo=({row:e,whole:t})=>l`<td class="when" aria-hidden="true">
  <span class=${`span ${e.kind} ${es(e)?"failed":""}`} style=${ts(e,t)}></span>
</td>`;function Xo({rows:e,column:{name:t},decimals:n}){let r=e.filter(o=>o[t]!==null),s=e.some(ke)?l`<${vt} mark="+?" />`:"";return r.length?j(r).map(o=>{let a=r.filter(i=>(i.currency??null)===o).map(i=>i[t]);return l`<span class="sum" title="The sum of what is below">${P(mn(a),o,n)}</span>${s}`}):l`-${s}`}var Dn=({unit:e})=>e==="text"||e==="time"?"text":"number",qn=e=>e.start_s+e.duration_s,es=e=>["failed","error","failure"].includes(e.outcome);function ts(e,t){let n=Math.min(99,100*e.start_s/t);return{insetInlineStart:`${n}%`,width:`${Math.max(.6,Math.min(100-n,100*e.duration_s/t))}%`}}function ns(e){let t=[],n=[];for(let r of e){let s={row:r,below:[]};(t.findLast(a=>os(a.row,r))?.below??n).push(s),kt[r.kind]<2&&t.push(s)}return Fn(n,0)}function Fn(e,t){return e.flatMap(({row:n,below:r})=>{let s=Fn(r,t+1);return[{row:n,depth:t,below:s.map(o=>o.row)},...s]})}var rs=1e-6;function os(e,t){return kt[e.kind]<kt[t.kind]&&(e.kind==="job"||e.label===t.label)&&qn(e)+rs>=t.start_s}function de(e,t,n,r){let{since:s,until:o}=e.period;return{board:t.name,panel:n.name,since:s,until:o,filters:e.state.filters,limit:r}}function In(e,t){let n=e.state.sorts[t.name];return n?{name:n.replace(/^-/,""),isDown:n.startsWith("-")}:null}function Hn(e,t,n){let r=t.find(({name:i})=>i===n?.name);if(!r)return e;let s=n.isDown?-1:1,o=(i,c)=>{let[p,u]=[i[r.name]??null,c[r.name]??null];return p===null||u===null?(p===null)-(u===null):s*ss(r,p,u)};return j(e).flatMap(i=>e.filter(c=>(c.currency??null)===i).sort(o))}function ss(e,t,n){if(e.unit==="money"){let r=E(t)-E(n);return r<0n?-1:+(r>0n)}return C(e)?t-n:String(t).localeCompare(String(n))}function Bn({view:e,panel:t,column:n,order:r}){let s=r?.name===n.name,o=C(n),a=s?r.isDown===o?(o?"":"-")+n.name:"":(o?"-":"")+n.name,{[t.name]:i,...c}=e.state.sorts,p=a?{...c,[t.name]:a}:c;return l`<th
    scope="col"
    class=${C(n)?"number":"text"}
    aria-sort=${s?r.isDown?"descending":"ascending":void 0}
  >
    <a class="sorts" data-stays href=${b(e.state,{sorts:p},t.name)}><${H} column=${n} /></a>
  </th>`}var Un=12,xt=3;function Wn({view:e,panel:t,answer:n}){let[r,s]=g(!1),o=In(e,t),a=Hn(Je(n),n.columns,o),i=n.gone??[],{columns:c}=n,p={view:e,panel:t,columns:c,decimals:G(c,a),setsPrices:St(n)};return l`
    <div class="scroll" role="region" tabindex="0" aria-label=${`${t.title}, table`}>
      <table>
        <thead>
          <tr>
            ${c.map(u=>l`<${Bn} key=${u.name} view=${e} panel=${t} column=${u} order=${o} />`)}
          </tr>
        </thead>
        <tbody>
          ${a.slice(0,r?a.length:Un).map((u,h)=>l`<${as} key=${h} row=${u} ...${p} />`)}
          ${i.slice(0,r?i.length:xt).map(u=>l`<${cs} row=${u} ...${p} />`)}
        </tbody>
      </table>
    </div>
    ${!r&&l`<${is} rows=${a.length} gone=${i.length} show=${()=>s(!0)} />`}
  `}function as({view:e,panel:t,columns:n,row:r,decimals:s,setsPrices:o}){let a=p=>l`
    <${B} view=${e} panel=${t} column=${p} row=${r} decimals=${s[p.name]} />
    <${me} column=${p} row=${r} decimals=${s[p.name]} />
  `,[i,...c]=n;return l`<tr class=${o?"above":void 0}>
    ${C(i)?l`<td class="number">${a(i)}</td>`:l`<th scope="row">${a(i)}${Ge(r)&&l`${" "}<small class="new">new</small>`}</th>`}
    ${c.map(p=>l`<td key=${p.name} class=${ls(p)}>${a(p)}</td>`)}
  </tr>
  ${o&&l`<${us} row=${r} width=${n.length} />`}`}function is({rows:e,gone:t,show:n}){return e<=Un&&t<=xt?null:l`<button type="button" class="quiet more" onClick=${n}>
    Show all ${e} rows${t>xt&&`, and ${t} no longer there`}
  </button>`}var St=e=>e.board==="models"&&e.panel==="unpriced",ls=e=>C(e)?"number":"text";function cs({columns:e,row:t,decimals:n}){return l`<tr class="gone">
    ${e.map((r,s)=>{let o=K(r,t,n[r.name]);return C(r)?l`<td class="number"><small class="before">${o}</small></td>`:s===0?l`<th scope="row">${o}${" "}<small class="new">no longer there</small></th>`:l`<td class="text">${o}</td>`})}
  </tr>`}function us({row:e,width:t}){let n=se();return l`<tr class="typed" aria-busy=${n?"false":"true"}>
    <td colspan=${t}>${n&&l`<${I} text=${gn(n,e)} />`}</td>
  </tr>`}async function Jn(e){let t=JSON.parse(await He("api/panel",e),fs),n=t.columns.map(({name:s})=>s),r=[...new Set([...n,...Object.keys(t.rows[0]??{})])];xe(Ot(r,t.rows.map(s=>r.map(o=>s[o]))),Kn(e,"csv"),"text/csv")}async function zn(e){xe(await He("api/panel",e),Kn(e,"json"),"application/json")}var Kn=({board:e,panel:t,since:n,until:r},s)=>`${e}-${t}-${n.slice(0,10)}-${r.slice(0,10)}.${s}`,fs=(e,t,n)=>typeof t=="number"?n?.source??String(t):t;function Ot(e,t){return[e,...t].map(n=>`${n.map(ps).join(",")}
`).join("")}function ps(e){if(e==null)return"";let t=typeof e=="object"?JSON.stringify(e):String(e);return/[",\r\n]/.test(t)?`"${t.replaceAll('"','""')}"`:t}function xe(e,t,n){let r=document.createElement("a");r.href=URL.createObjectURL(new Blob([e],{type:n})),r.download=t,r.click(),setTimeout(()=>URL.revokeObjectURL(r.href),6e4)}function Gn({view:e,title:t,sql:n,question:r,close:s}){let o=N(null),[a,i]=g("");k(()=>{o.current.showModal();let u=new AbortController;return R("api/panel/sql",r,{signal:u.signal,order:-1}).then(h=>i(h.statement),()=>{}),()=>u.abort()},[]);let c=a||n,p=b(e.state,{board:"sql",sql:a});return l`<dialog ref=${o} class="sql" aria-labelledby="sql-title" onClose=${s}>
    <header>
      <h2 id="sql-title">SQL of ${t}</h2>
      <button type="button" class="quiet" onClick=${()=>o.current.close()}>Close</button>
    </header>
    <pre tabindex="0" aria-label="Statement">${c}</pre>
    <footer>
      <${yt} text=${c} what="statement" />
      ${a&&l`<a class="button" href=${p}>Open in the SQL page</a>`}
    </footer>
  </dialog>`}function Zn({view:e,board:t,panel:n,isTable:r,rows:s}){let o=de(e,t,n,1e4),a={title:n.title,question:o,isOff:!s};return l`<div class="tools">
    ${n.chart!=="table"&&l`<${ms} view=${e} panel=${n} isTable=${r} />`}
    <${ds} view=${e} panel=${n} question=${o} />
    <${Vn} kind="CSV" save=${Jn} ...${a} />
    <${Vn} kind="JSON" save=${zn} ...${a} />
  </div>`}function ms({view:e,panel:t,isTable:n}){let r=e.state.tables.filter(i=>i!==t.name),s=b(e.state,{tables:n?r:[...r,t.name]},t.name),o=n?"Chart":"Table",a=`${t.title}: show as ${o.toLowerCase()}`;return l`<a class="quiet" data-stays href=${s} aria-label=${a}>${o}</a>`}function ds({view:e,panel:t,question:n}){let[r,s]=g(!1),o=N(null),a=()=>{s(!1),o.current?.focus()};return l`<button
      type="button"
      class="quiet"
      ref=${o}
      onClick=${()=>s(!0)}
      aria-label=${`${t.title}: SQL`}
    >
      SQL
    </button>
    ${r&&l`<${Gn} view=${e} title=${t.title} sql=${t.sql} question=${n} close=${a} />`}`}function Vn({kind:e,save:t,title:n,question:r,isOff:s}){let[o,a]=g(null);return l`<button
      type="button"
      class="quiet"
      disabled=${s}
      onClick=${()=>t(r).then(()=>a(null),a)}
      aria-label=${`${n}: save as ${e}`}
    >
      ${e}
    </button>
    ${o&&l`<span class="not-saved" role="alert">Not saved: ${o.message}</span>`}`}var hs={bars:Nn,flow:Mn,numbers:An,time:jn,waterfall:Pn},$s=500,_s=new Set(["flow","waterfall"]);function bs(e,t){let n=t.columns.some(({name:r})=>r==="spend_before");return e.state.compare&&t.period==="range"&&!n&&!_s.has(t.chart)}function Qn({view:e,board:t,panel:n,room:r,order:s,told:o,isHidden:a}){let[i,c]=Be(s<4),p=n.chart==="waterfall"&&!e.state.filters.trace,u=n.chart==="time"||n.chart==="waterfall"?1e4:$s,h={...de(e,t,n,u),...bs(e,n)?{compare:!0}:{}},m=A("api/panel",h,{generation:e.generation,order:s,isWanted:c&&!p});k(()=>{m.answer&&!m.isOld&&o(n.name,m.answer.rows.filter(Qe).length)},[m.answer,m.isOld]);let f=n.chart==="table"||e.state.tables.includes(n.name),d=`panel-${n.name}`;return l`<section
    class=${`panel ${f?"wide":r}`}
    id=${n.name}
    hidden=${a}
    ref=${i}
    tabindex="-1"
    aria-labelledby=${d}
    aria-busy=${m.isAsking?"true":"false"}
    data-panel=${`${t.name}/${n.name}`}
    data-old=${m.isOld?"true":void 0}
  >
    <header>
      <div><h2 id=${d}>${n.title}</h2><p>${n.about}</p></div>
      <${Zn} view=${e} board=${t} panel=${n} isTable=${f} rows=${m.answer?.rows.length??0} />
    </header>
    ${m.answer&&l`<${ks} answer=${m.answer} />`}
    <div class="body">
      ${p?l`<p class="none">Choose a trace above, or open one from an error of a route.</p>`:l`<${gs} view=${e} board=${t} panel=${n} found=${m} isTable=${f} />`}
    </div>
  </section>`}var Qe=e=>e.records!==0;function gs({view:e,board:t,panel:n,found:r,isTable:s}){let{answer:o,error:a}=r;if(a)return l`<${D} error=${a} again=${e.refresh} />`;if(!o)return l`<div class="skeleton" role="status"><span class="unseen">Asking …</span></div>`;if(!o.rows.length&&!o.gone?.length)return l`<${ws} panel=${n} />`;let i=hs[n.chart],c={view:e,board:t,panel:n,answer:o};return l`
    ${s||!i?l`<${Wn} ...${c} />`:l`<${i} ...${c} />`}
    <${xs} view=${e} answer=${o} />
  `}var ys={budgets:l`<${vs} />`,unpriced:"Every model that was used has a price.",experiments:l`None of these calls is of an experiment: <code>llmroute.bind(experiment="short_prompt", variant="b")</code> around
    a call says of which it is.`,response_cache:l`None of these calls looked into a cache of the application's own: <code>route.cache("hit")</code> or${" "}
    <code>route.cache("miss")</code> says that one did.`};function vs(){let e=se();return l`No budget yet. Name one in <code>llmroute.toml</code> under <code>[[budgets]]</code>. Then start${" "}
    <code>llmroute up</code> again beside that file, or type
    ${e?l`${" "}<${I} text=${`llmroute budget --save${ae(e)}`} />`:l`<span aria-busy="true"></span>`}`}var ws=({panel:e})=>l`<p class="none">${ys[e.name]??"No data"}</p>`;function ks({answer:e}){let t=e.filters_not_taken;return t.length?l`<p class="not-taken" role="note">
    Not narrowed to ${t.map(V).join(", ")}: these figures are not kept by that.
  </p>`:null}function xs({view:e,answer:t}){let n=t.rows.some(ke),r=t.rows.some(a=>t.columns.some(({name:i})=>We(i,a)==="-?")),s=St(t),o=t.chart==="waterfall"||s?"":t.note;return!o&&!n&&!t.has_more&&!s?null:l`<footer>
    ${o&&l`<p>${o}</p>`} ${s&&l`<${Ss} view=${e} />`}
    ${n&&l`<p><b>+?</b> At least this: <${Os} view=${e} answer=${t} />.</p>`}
    ${r&&l`<p><b>-?</b> At most this: what is not known of the spend lowers it.</p>`}
    ${t.has_more&&l`<p>There are more than these ${t.rows.length} rows: CSV and JSON have them.</p>`}
  </footer>`}function Ss({view:e}){let t=se();return t?l`<p>Put in the prices of a million tokens. Then this works out what the calls of this period cost:</p>
    <p><${I} text=${yn(t,e.period)} /></p>`:l`<p aria-busy="true"></p>`}var Yn={unpriced:"without a price",partly_priced:"priced in part",no_usage:"without a report of usage"};function Os({view:e,answer:t}){let{rows:n}=t,r=t.panel==="budgets";return Object.keys(Yn).map(o=>[o,n.reduce((a,i)=>a+Number(i[o]??0),0)]).filter(([,o])=>o).map(([o,a],i)=>{let c=`${r?"calls":L(a)} ${Yn[o]}`,p=b(e.state,{board:"models"},"unpriced");return l`${i?", ":""}${o==="unpriced"?l`<a href=${p}>${c}</a>`:c}`})}var Ts="spend";function Xn({view:e,board:t}){let n=JSON.stringify([e.period,e.state.filters]),[r,s]=g({asked:n,rows:{}}),o=r.asked===n?r.rows:{},a=(_,$)=>s(v=>({asked:n,rows:{...v.asked===n?v.rows:{},[_]:$}})),i=ge(()=>Es(t.panels),[t]),c=i.filter(({panel:_})=>Ns(_)).map(({panel:_})=>_.name),p=c.filter(_=>_ in o),u=c.slice(0,3).every(_=>o[_]===0)&&p.every(_=>o[_]===0),h=u?i.filter(({panel:_})=>_.name in o):i,m=h.filter(Oe),f=h.filter(_=>!Oe(_)),d=({panel:_,room:$},v)=>l`<${Qn}
      key=${_.name}
      view=${e}
      board=${t}
      panel=${_}
      room=${$}
      order=${v}
      told=${a}
      isHidden=${u&&!(_.period==="month"&&o[_.name])}
    />`;return l`
    ${u&&l`<${Ms} view=${e} board=${t} />`}
    <div class="panels">
      ${m.map(d)}
      ${t.name===Ts&&!u&&l`<${$n} view=${e} />`}
      ${f.map((_,$)=>d(_,m.length+$))}
    </div>
  `}var Ns=({period:e,chart:t})=>e==="range"&&t!=="waterfall";function Es(e){let t=e.filter(s=>Oe({panel:s})&&s.columns.length<=er).length,n=e.map(s=>({panel:s,room:Cs(s,t)})).sort((s,o)=>Oe(o)-Oe(s)),r=[];for(;n.length;){let s=n.shift();if(r.push(s),s.room!=="half")continue;let o=n.findIndex(({room:a})=>a==="half");o>=0?r.push(...n.splice(o,1)):s.room="wide"}return r}var Oe=({panel:e})=>e.chart==="numbers",er=8;function Cs({chart:e,columns:t},n){return e!=="numbers"?e==="bars"?"half":"wide":t.length>er||n===1?"wide":n===2?"half":"third"}var tr={since:"1970-01-01T00:00:00Z",until:"2105-01-01T00:00:00Z",limit:1};function Ms({view:e,board:t}){let n={filter:"service",...tr},{answer:r,error:s}=A("api/values",n,{generation:e.generation,order:-1});return!r&&!s?null:r&&!r.values.length?l`<${vn} />`:t.name==="jobs"?l`<${Rs} view=${e} />`:l`<${Ke} state=${e.state} />`}function Rs({view:e}){let{since:t,until:n}=e.period,r={board:"data",panel:"coverage",since:t,until:n,filters:e.state.filters,limit:1},s=A("api/panel",r,{generation:e.generation,order:-1}),o={board:"jobs",panel:"all",filters:{},...tr},a=A("api/panel",o,{generation:e.generation,order:-1});return[s,a].some(({answer:i,error:c})=>!i&&!c)?null:s.answer?.rows.some(Qe)?a.answer&&!a.answer.rows.some(Qe)?l`<${wn} />`:l`<${Ke} state=${e.state} what="job" />`:l`<${Ke} state=${e.state} />`}function or({view:e,filters:t,clock:n}){let{state:r,go:s}=e,o=()=>s(b(r,{compare:!r.compare}));return l`<section class="controls" aria-label="What is shown">
    <div class="row">
      <nav class="segments" aria-label="Period">
        ${Object.entries(le).map(([a,i])=>l`<a
            href=${b(r,{range:a})}
            aria-current=${r.range===a?"true":void 0}
            title=${i}
            >${a==="month"?"Month":a}</a
          >`)}
        <${As} view=${e} />
      </nav>
      <button type="button" class="toggle" aria-pressed=${r.compare?"true":"false"} onClick=${o}>
        Compare with the period before
      </button>
      <${hn} view=${e} names=${t} />
      <${Ls} view=${e} clock=${n} />
    </div>
  </section>`}function As({view:e}){let{state:t,go:n,period:r}=e,[s,o]=g(!1),a=N(null),i=N(null);Ue(a,s,u=>{o(!1),u&&i.current.focus()});let c=u=>{u.preventDefault();let h=new FormData(u.target),[m,f]=[ye(h.get("since")),ye(h.get("until"))];!m||!f||m>=f||(n(b(t,{range:"custom",since:m,until:f})),o(!1),i.current.focus())},p=t.range==="custom"?`${rr(t.since)} to ${rr(t.until)}`:"Custom";return l`<span class="opener" ref=${a}>
    <button
      type="button"
      ref=${i}
      aria-expanded=${s?"true":"false"}
      aria-current=${t.range==="custom"?"true":void 0}
      onClick=${()=>o(!s)}
    >${p}</button>
    ${s&&l`<form class="sheet period" onSubmit=${c} aria-label="Custom period">
      <${nr} title="From, UTC" name="since" value=${r.since} />
      <${nr} title="To, UTC" name="until" value=${r.until} />
      <p class="hint">Figures are kept by the hour: a period is of whole hours.</p>
      <button type="submit" class="primary">Show it</button>
    </form>`}
  </span>`}var nr=({title:e,name:t,value:n})=>l`<label>${e} <input type="datetime-local" name=${t} required step="3600" value=${n.slice(0,16)} /></label>`,rr=e=>e.replace("T"," ");function Ls({view:e,clock:t}){let{state:n,go:r,refresh:s}=e,o=i=>r(b(n,{refresh:Number(i.target.value)}),{replace:!0}),a=new Date(t.now).toISOString().slice(11,19);return l`<span class="refresh">
    <span class="quiet-text" aria-live="polite">As of ${a} UTC</span>
    <button type="button" class="quiet" onClick=${s}>Refresh</button>
    <label><span class="unseen">Refresh by itself</span>
      <select value=${String(n.refresh)} onChange=${o}>
        ${Object.entries(qe).map(([i,c])=>l`<option value=${i}>${i==="0"?"Auto: off":`Every ${c}`}</option>`)}
      </select>
    </label>
  </span>`}var Tt=1e3;function sr({found:e}){if(!e)return l`<div role="status"></div>`;if(e.isAsking)return l`<div class="panel" role="status">Asking …</div>`;if(e.error)return l`<div class="panel"><${D} error=${e.error} /></div>`;let{columns:t,rows:n}=e.answer;return l`<section class="panel" aria-labelledby="result">
    <header>
      <div>
        <h2 id="result">Result</h2>
        <p role="status">${n.length} ${n.length===1?"row":"rows"} in ${Math.round(e.ms)} ms</p>
      </div>
      <div class="tools">
        <button type="button" class="quiet" onClick=${()=>Ds(t,n)}>CSV</button>
        <button type="button" class="quiet" onClick=${()=>qs(t,n)}>JSON</button>
      </div>
    </header>
    <div class="scroll" role="region" tabindex="0" aria-label="Rows">
      <table>
        <thead>
          <tr>
            ${t.map(({name:r,type:s})=>l`<th scope="col" class=${ar(s)} title=${s}>${r}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${n.slice(0,Tt).map(r=>l`<${js} row=${r} columns=${t} />`)}
        </tbody>
      </table>
    </div>
    ${n.length>Tt&&l`<p class="hint">Shown are the first ${Tt}; CSV and JSON have all of them.</p>`}
  </section>`}var js=({row:e,columns:t})=>l`<tr>
    ${e.map((n,r)=>l`<td class=${ar(t[r].type)}>${Ps(n)}</td>`)}
  </tr>`,ar=e=>/^(Nullable\(|LowCardinality\()*(UInt|Int|Float|Decimal)/.test(e)?"number":"text";function Ps(e){return e===null?"-":typeof e=="object"?JSON.stringify(e):String(e)}var ir=e=>e.map(({name:t})=>t),Ds=(e,t)=>xe(Ot(ir(e),t),"answer.csv","text/csv");function qs(e,t){let n=ir(e),r=t.map(s=>Object.fromEntries(n.map((o,a)=>[o,s[a]])));xe(`${JSON.stringify(r,null,2)}
`,"answer.json","application/json")}var Fs=`SELECT table, name, type, comment FROM system.columns
WHERE database = currentDatabase() ORDER BY table, position`,Is=/^(llm_(calls|routes|jobs|decisions|hourly|hourly_latency|hourly_tenants|prices|budgets)|data_health|otel_traces)$/;function cr(){let[e,t]=g({tables:[],isAsking:!0});k(()=>{R("api/sql",{statement:Fs}).then(({rows:s})=>t({tables:Hs(s)}),s=>t({tables:[],error:s}))},[]);let n=e.tables.filter(({table:s})=>Is.test(s)),r=e.tables.filter(s=>!n.includes(s));return l`<section class="panel" aria-busy=${e.isAsking?"true":"false"}>
    <header><div><h2>Tables</h2><p>What each column means.</p></div></header>
    ${e.error&&l`<${D} error=${e.error} />`}
    ${n.map(s=>l`<${lr} key=${s.table} ...${s} />`)}
    ${r.length>0&&l`<details>
        <summary>How it is kept</summary>
        ${r.map(s=>l`<${lr} key=${s.table} ...${s} />`)}
      </details>`}
  </section>`}function Hs(e){let t=new Map;for(let[n,r,s,o]of e)t.has(n)||t.set(n,{table:n,columns:[]}),t.get(n).columns.push({name:r,type:s,comment:o});return[...t.values()]}function lr({table:e,columns:t}){return l`<details>
    <summary><code>${e}</code></summary>
    <dl class="columns">
      ${t.map(({name:n,type:r,comment:s})=>l`<div>
          <dt><code>${n}</code> <small>${r}</small></dt>
          ${s&&l`<dd>${s}</dd>`}
        </div>`)}
    </dl>
  </details>`}var ur=`SELECT route, currency, sum(cost) AS spend, count() AS records
FROM llm_calls
GROUP BY route, currency
ORDER BY spend DESC NULLS LAST`;function fr({view:e}){let{state:t,go:n,boards:r}=e,[s,o]=g(t.sql||ur),[a,i]=g(null),c=N(null),p=N(null);k(()=>o(t.sql||ur),[t.sql]),k(()=>()=>p.current?.abort(),[]);let u=async f=>{f?.preventDefault(),p.current?.abort(),p.current=new AbortController;let{signal:d}=p.current;s!==t.sql&&n(b(t,{sql:s}),{replace:!0}),i({isAsking:!0});let _=performance.now();try{let $=await R("api/sql",{statement:s},{signal:d,order:-1});i({answer:$,ms:performance.now()-_})}catch($){d.aborted||i({error:$})}},h=f=>{f.key==="Enter"&&(f.ctrlKey||f.metaKey)&&u(f)},m=f=>{o(f),c.current.focus()};return l`<div class="sql-page">
    <div class="asking">
      <form onSubmit=${u} class="panel">
        <label for="statement">Statement</label>
        <textarea
          id="statement"
          ref=${c}
          rows=${Math.min(24,Math.max(8,s.split(`
`).length+1))}
          spellcheck=${!1}
          autocomplete="off"
          value=${s}
          onInput=${f=>o(f.target.value)}
          onKeyDown=${h}
        ></textarea>
        <div class="row">
          <button type="submit" class="primary">Run</button>
          <span class="hint">Ctrl+Enter. Reading only: the store refuses everything else.</span>
        </div>
      </form>
      <${sr} found=${a} />
    </div>
    <aside aria-label="What there is to ask">
      <${Bs} view=${e} boards=${r} put=${m} />
      <${cr} />
    </aside>
  </div>`}function Bs({view:e,boards:t,put:n}){let[r,s]=g(null),o=async(a,i)=>{try{n((await R("api/panel/sql",de(e,a,i,1e4),{order:-1})).statement),s(null)}catch(c){s(c)}};return l`<section class="panel">
    <header><div><h2>Questions of the boards</h2><p>Each is put into the editor, with this period filled in.</p></div></header>
    ${r&&l`<${D} error=${r} />`}
    ${t.map(a=>l`<details key=${a.name}>
        <summary>${a.title}</summary>
        <ul class="choices">
          ${a.panels.map(i=>l`<li><button type="button" class="link" onClick=${()=>o(a,i)}>${i.about}</button></li>`)}
        </ul>
      </details>`)}
  </section>`}var Te={name:"sql",title:"SQL",about:"Ask the store yourself: read only."};function pr({boards:e,filters:t}){let[n,r]=un(),[s,o]=fn(n.board===Te.name?0:n.refresh),a=[...e,Te].find(({name:u})=>u===n.board)??e[0],i=on(n,s.now),c=[...n.unread,...rn(n,a)],p=ge(()=>({state:n,go:r,boards:e,period:i,generation:s.generation,refresh:o}),[n,e,i.since,i.until,s.generation]);return k(()=>{location.hash&&we(location.hash.slice(1))},[]),k(()=>{document.title=`${a.title} \xB7 otel-llmroute`},[a.title]),k(()=>{document.documentElement.dataset.theme=n.theme},[n.theme]),l`
    <a class="skip" href="#board" onClick=${u=>Us(u)}>Skip to the board</a>
    <${Ws} boards=${[...e,Te]} shown=${a} state=${n} go=${r} />
    ${a!==Te&&l`<${or} view=${p} filters=${t} clock=${s} />`}
    <main id="board" tabindex="-1" data-board=${a.name}>
      <div class="opening"><h1>${a.title}</h1><p>${a.about}</p></div>
      ${c.length>0&&l`<p class="not-taken" role="note">
          <span>Not understood in the address, and left out: <code>${c.join(", ")}</code></span>
        </p>`}
      ${a===Te?l`<${fr} key="sql" view=${p} />`:l`<${Xn} key=${a.name} view=${p} board=${a} />`}
    </main>
  `}function Us(e){e.preventDefault(),document.getElementById("board").focus()}function Ws({boards:e,shown:t,state:n,go:r}){let s=o=>r(b(n,{theme:o.target.value}),{replace:!0});return l`<header class="head">
    <a class="brand" href=${b(n,{board:"spend",filters:{}})}>
      <img src="static/icon.svg" alt="" width="22" height="22" /><span>otel-llmroute</span>
    </a>
    <nav aria-label="Boards">
      ${e.map(o=>l`<a
          key=${o.name}
          href=${b(n,{board:o.name})}
          aria-current=${o===t?"page":void 0}
          >${o.title}</a
        >`)}
    </nav>
    <label class="theme">
      <span class="unseen">Theme</span>
      <select value=${n.theme} onChange=${s}>
        ${Object.entries(Fe).map(([o,a])=>l`<option value=${o}>${a}</option>`)}
      </select>
    </label>
  </header>`}var Xe=document.getElementById("page");try{let{boards:e,filters:t}=await R("api/boards");Xe.replaceChildren(),mt(l`<${pr} boards=${e} filters=${t} />`,Xe)}catch(e){Xe.replaceChildren(),mt(l`<main class="alone"><h1>The boards could not be opened</h1><${D} error=${e} /></main>`,Xe)}
